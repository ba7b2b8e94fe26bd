package kinema.cogvideo.upscale;

import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.Attend;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a large picture's tokens to their neighbours in it, and to others besides: those of a small picture around the
 * token's place there, or all of a text. One softmax goes over both.
 *
 * <p>A few rows of tokens (those of one row of the small picture) take a band of whole rows as keys, so that plain matrix
 * products do the work; what of a band is no neighbour has a score of minus infinity. Axes: B pictures, A heads, K width of a
 * head, G rows of the large grid, g of the small one, s = G / g, N = G², b = g bands of s·G tokens. Holds masks; close it.
 * Safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4.1</a>
 */
public final class LocalAttention implements AutoCloseable {
    private static final long AT_ONCE = 1 << 24; // numbers of the bands' keys, which are copies

    /**
     * What is near.
     *
     * @param grid rows of the large picture, G
     * @param bands rows of the small picture, g
     * @param rows of a neighbourhood in the large picture, odd
     * @param columns of it, odd
     * @param cross rows and columns of a neighbourhood in the small picture, odd; 0 where the others are not a picture
     */
    record Geometry(int grid, int bands, int rows, int columns, int cross) {
        /** Of direct super-resolution. */
        static Geometry of(UpscalerConfig c) {
            int kernel = Math.toIntExact(c.kernel());
            return new Geometry(
                    Math.toIntExact(c.highGrid()),
                    Math.toIntExact(c.lowGrid()),
                    2 * kernel - 1,
                    kernel,
                    Math.toIntExact(c.crossKernel()));
        }

        int scale() {
            return grid / bands;
        }

        /** Rows of the large picture that a band sees. */
        int seenRows() {
            return scale() + rows - 1;
        }
    }

    private final Geometry geometry;
    private final Tensor near; // (b, s·G, seen rows · G)
    private final @Nullable Tensor nearCross; // (b, s·G, cross · g)

    /** For direct super-resolution. */
    public LocalAttention(UpscalerConfig config) {
        this(Geometry.of(config));
    }

    LocalAttention(Geometry geometry) {
        this.geometry = geometry;
        near = Scopes.run(() -> Scopes.own(nearMask()));
        nearCross = geometry.cross == 0 ? null : Scopes.run(() -> Scopes.own(crossMask()));
    }

    /** Band, row within it, column; then the seen row and its column. */
    private Tensor nearMask() {
        Geometry m = geometry;
        float[] mask = new float[m.grid * m.grid * m.seenRows() * m.grid];
        int at = 0;
        for (int row = 0; row < m.grid; row++) {
            int first = row / m.scale() * m.scale() - m.rows / 2;
            for (int column = 0; column < m.grid; column++) {
                for (int seen = first; seen < first + m.seenRows(); seen++) {
                    boolean inRows = seen >= 0 && seen < m.grid && Math.abs(seen - row) <= m.rows / 2;
                    for (int other = 0; other < m.grid; other++) {
                        mask[at++] = seenIf(inRows && Math.abs(other - column) <= m.columns / 2);
                    }
                }
            }
        }
        return Tensors.of(mask, m.bands, (long) m.scale() * m.grid, (long) m.seenRows() * m.grid);
    }

    private Tensor crossMask() {
        Geometry m = geometry;
        float[] mask = new float[m.grid * m.grid * m.cross * m.bands];
        int at = 0;
        for (int row = 0; row < m.grid; row++) {
            for (int column = 0; column < m.grid; column++) {
                int first = row / m.scale() - m.cross / 2;
                for (int seen = first; seen < first + m.cross; seen++) {
                    for (int other = 0; other < m.bands; other++) {
                        boolean inColumns = Math.abs(other - column / m.scale()) <= m.cross / 2;
                        mask[at++] = seenIf(seen >= 0 && seen < m.bands && inColumns);
                    }
                }
            }
        }
        return Tensors.of(mask, m.bands, (long) m.scale() * m.grid, (long) m.cross * m.bands);
    }

    private static float seenIf(boolean isNear) {
        return isNear ? 0 : Float.NEGATIVE_INFINITY;
    }

    /**
     * Attends.
     *
     * @param large queries, keys and values of the large picture, each (B, A, N, K)
     * @param otherKeys (B, A, n, K) keys of the small picture, n = g², or of the text
     * @param otherValues as the keys
     * @return (B, A, N, K)
     */
    Tensor forward(Heads large, Tensor otherKeys, Tensor otherValues) {
        long tokens = (long) geometry.grid * geometry.grid;
        Shapes.check("queries", large.query(), Shapes.ANY, Shapes.ANY, tokens, Shapes.ANY);
        return Scopes.keep(() -> {
            long heads = large.query().size(1);
            long perHead = large.query().size(0)
                    * near.size(0)
                    * near.size(2)
                    * large.query().size(3);
            long together = Math.max(1, AT_ONCE / perHead);
            List<Tensor> parts = new ArrayList<>();
            for (long head = 0; head < heads; head += together) {
                long count = Math.min(together, heads - head);
                Heads some = new Heads(
                        large.query().narrow(1, head, count),
                        large.key().narrow(1, head, count),
                        large.value().narrow(1, head, count));
                parts.add(ofHeads(some, otherKeys.narrow(1, head, count), otherValues.narrow(1, head, count)));
            }
            return Tensors.cat(1, parts.toArray(Tensor[]::new)); // (B, A, N, K)
        });
    }

    private Tensor ofHeads(Heads large, Tensor otherKeys, Tensor otherValues) {
        return Scopes.keep(() -> {
            long[] shape = large.query().shape(); // (B, A, N, K)
            Tensor query = large.query().reshape(shape[0] * shape[1], near.size(0), near.size(1), shape[3]);
            Tensor keys = Tensors.cat(2, own(large.key()), others(otherKeys)); // (B·A, b, keys, K)
            Tensor values = Tensors.cat(2, own(large.value()), others(otherValues)); // (B·A, b, keys, K)
            Tensor mask = mask(otherKeys.size(2)).unsqueeze(0).to(query.scalar_type()); // (1, b, s·G, keys)
            return Attend.with(query, keys, values, mask).view(shape); // (B, A, N, K)
        });
    }

    private Tensor mask(long others) {
        Tensor cross =
                nearCross == null ? Tensors.zeros(ScalarType.Float, near.size(0), near.size(1), others) : nearCross;
        return Tensors.cat(2, near, cross); // (b, s·G, keys)
    }

    /** Tokens of the small picture. */
    long crossTokens() {
        return (long) geometry.bands * geometry.bands;
    }

    /** The rows that each band sees: (B, A, N, K) to (B·A, b, seen rows · G, K). */
    private Tensor own(Tensor x) {
        return bands(x, geometry.grid, geometry.rows / 2, geometry.scale(), geometry.seenRows());
    }

    private Tensor others(Tensor x) {
        if (nearCross != null) {
            return bands(x, geometry.bands, geometry.cross / 2, 1, geometry.cross);
        }
        Tensor flat = x.flatten(0, 1).unsqueeze(1); // (B·A, 1, n, K)
        return flat.expand(flat.size(0), geometry.bands, flat.size(2), flat.size(3));
    }

    /** Overlapping bands of rows, in the memory of the rows with zeros above and below. */
    private Tensor bands(Tensor x, int grid, int border, int step, int rows) {
        long row = grid * x.size(3); // numbers
        Tensor padded = torch.constant_pad_nd(
                x.reshape(x.size(0) * x.size(1), grid, row), new long[] {0, 0, border, border}, new Scalar(0.0));
        return padded.unfold(1, rows, step) // (B·A, b, row, rows)
                .transpose(2, 3)
                .reshape(padded.size(0), geometry.bands, (long) rows * grid, x.size(3));
    }

    @Override
    public void close() {
        Scopes.free(near);
        if (nearCross != null) {
            Scopes.free(nearCross);
        }
    }
}
