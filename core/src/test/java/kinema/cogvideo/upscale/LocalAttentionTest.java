package kinema.cogvideo.upscale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kinema.cogvideo.network.Attend;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.cogvideo.upscale.LocalAttention.Geometry;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention by bands of rows against dense attention under a mask that is written down cell by cell. */
class LocalAttentionTest {
    private static final long HEAD = 8;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    /** Sizes as published scaled down, equal grids, a kernel wider than the grid, a single row of neighbours. */
    @ParameterizedTest
    @CsvSource({"12, 4, 9, 5, 5", "12, 4, 3, 3, 1", "6, 3, 5, 3, 3", "5, 5, 3, 5, 3", "4, 2, 9, 9, 5", "9, 3, 1, 5, 3"})
    void bandsEqualDenseAttention(int grid, int bands, int rows, int columns, int cross) {
        Geometry geometry = new Geometry(grid, bands, rows, columns, cross);
        Scopes.run(() -> {
            try (Rng rng = new Rng(1);
                    LocalAttention local = new LocalAttention(geometry)) {
                Heads large = heads(rng, grid * grid);
                Heads small = heads(rng, bands * bands);
                Tensor found = local.forward(large, small.key(), small.value());
                Tensor expected = dense(large, small, mask(geometry));
                Golden.Difference d = Golden.difference(found, expected);
                assertThat(d.max()).as("%s: %s", geometry, d).isLessThanOrEqualTo(1e-5);
            }
        });
    }

    @Test
    void textIsSeenByAll() {
        Geometry geometry = new Geometry(6, 2, 3, 3, 0);
        Scopes.run(() -> {
            try (Rng rng = new Rng(2);
                    LocalAttention local = new LocalAttention(geometry)) {
                Heads large = heads(rng, 36);
                Heads text = heads(rng, 5);
                Tensor found = local.forward(large, text.key(), text.value());
                Golden.Difference d = Golden.difference(found, dense(large, text, textMask(geometry, 5)));
                assertThat(d.max()).as("%s", d).isLessThanOrEqualTo(1e-5);
            }
        });
    }

    @Test
    void picturesOfAnotherSizeAreRefused() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(3);
                    LocalAttention local = new LocalAttention(new Geometry(6, 2, 3, 3, 3))) {
                Heads large = heads(rng, 25);
                assertThatThrownBy(() -> local.forward(large, large.key(), large.value()))
                        .hasMessageContaining("queries must have shape (?, ?, 36, ?), found (2, 3, 25, 8)");
            }
        });
    }

    @Test
    void nothingNativeIsLeft() {
        long before = LivePointers.settled();
        new LocalAttention(UpscalerConfig.tiny()).close();
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static Heads heads(Rng rng, long tokens) {
        return new Heads(rng.randn(2, 3, tokens, HEAD), rng.randn(2, 3, tokens, HEAD), rng.randn(2, 3, tokens, HEAD));
    }

    private static Tensor dense(Heads large, Heads others, Tensor mask) {
        return Attend.with(
                large.query(),
                Tensors.cat(2, large.key(), others.key()),
                Tensors.cat(2, large.value(), others.value()),
                mask);
    }

    private static Tensor mask(Geometry g) {
        int small = g.bands() * g.bands();
        float[] mask = new float[g.grid() * g.grid() * (g.grid() * g.grid() + small)];
        int at = 0;
        for (int i = 0; i < g.grid() * g.grid(); i++) {
            int row = i / g.grid();
            int column = i % g.grid();
            for (int j = 0; j < g.grid() * g.grid(); j++) {
                mask[at++] = near(row, j / g.grid(), g.rows()) + near(column, j % g.grid(), g.columns());
            }
            for (int j = 0; j < small; j++) {
                mask[at++] = near(row / g.scale(), j / g.bands(), g.cross())
                        + near(column / g.scale(), j % g.bands(), g.cross());
            }
        }
        return Tensors.of(mask, 1, 1, (long) g.grid() * g.grid(), (long) g.grid() * g.grid() + small);
    }

    private static Tensor textMask(Geometry g, int text) {
        int cells = g.grid() * g.grid();
        float[] mask = new float[cells * (cells + text)];
        for (int i = 0; i < cells; i++) {
            for (int j = 0; j < cells; j++) {
                mask[i * (cells + text) + j] =
                        near(i / g.grid(), j / g.grid(), g.rows()) + near(i % g.grid(), j % g.grid(), g.columns());
            }
        }
        return Tensors.of(mask, 1, 1, cells, (long) cells + text);
    }

    private static float near(int a, int b, int kernel) {
        return 2 * Math.abs(a - b) < kernel ? 0 : Float.NEGATIVE_INFINITY;
    }
}
