package kinema.cogvideox.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kinema.cogvideox.transformer.Positions.Size;
import kinema.cogvideox.transformer.Rotary.Span;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class PositionsTest {
    /** Computed with the authors' implementation. */
    @Test
    void otherShapesCoverACentredPartOfTheModelsOwnGrid() {
        assertThat(Rotary.region(new TokenGrid(1, 30, 45), 30, 45)).containsExactly(new Span(0, 30), new Span(0, 45));
        assertThat(Rotary.region(new TokenGrid(1, 32, 32), 30, 45)).containsExactly(new Span(0, 30), new Span(8, 38));
        assertThat(Rotary.region(new TokenGrid(1, 45, 30), 30, 45)).containsExactly(new Span(0, 30), new Span(12, 32));
    }

    @Test
    void theModelsOwnGridCounts() {
        double[] points = new Span(0, 45).points(45);
        for (int i = 0; i < points.length; i++) {
            assertThat(points[i]).isCloseTo(i, within(1e-12));
        }
        assertThat(new Span(3, 5).points(1)).containsExactly(3);
    }

    @Test
    void rotationKeepsLengthsAndLeavesTextAndTheFirstTokenAlone() {
        TransformerConfig c = TransformerConfig.tiny(true);
        Scopes.run(() -> {
            try (Rng rng = new Rng(5);
                    Positions positions = Positions.of(c, new Size(8, 2, 8, 12))) {
                Tensor x = rng.randn(1, 8 + 2 * 4 * 6, 2, 16);
                Tensor y = positions.rotate(x);
                assertThat(Tensors.floats(y.norm())).containsExactly(Tensors.floats(x.norm()), within(1e-3f));
                assertThat(Tensors.floats(y.narrow(1, 0, 9))).containsExactly(Tensors.floats(x.narrow(1, 0, 9)));
                assertThat(Tensors.floats(y.narrow(1, 9, 1))).isNotEqualTo(Tensors.floats(x.narrow(1, 9, 1)));
            }
        });
    }

    @Test
    void patchesComeBack() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(6)) {
                for (long patchFrames : new long[] {1, 2}) {
                    Tensor x = rng.randn(2, 4, 3, 6, 8);
                    Tensor patches = PatchEmbed.patches(x, patchFrames, 2);
                    assertThat(patches.shape()).containsExactly(2, 4 / patchFrames * 12, 12 * patchFrames);
                    assertThat(Tensors.floats(PatchEmbed.unpatch(patches, x, patchFrames, 2)))
                            .containsExactly(Tensors.floats(x));
                }
            }
        });
    }

    @Test
    void sizesThatCannotBeCutIntoPatchesAreRefused() {
        TransformerConfig c = TransformerConfig.tiny(true);
        assertThatThrownBy(() -> Positions.of(c, new Size(8, 2, 7, 12)))
                .hasMessage("latent rows and columns must be multiples of the patch size 2, found 7 and 12");
        assertThatThrownBy(() -> Positions.of(TransformerConfig.COGVIDEOX_1_5_5B, new Size(226, 3, 8, 8)))
                .hasMessage("latent frames must be a multiple of the patch's 2, found 3");
        assertThatThrownBy(() -> Positions.of(TransformerConfig.COGVIDEOX_5B_I2V, new Size(226, 3, 8, 8)))
                .hasMessageContaining("60 rows and 90 columns only, found 8 and 8");
    }
}
