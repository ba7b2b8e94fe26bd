package kinema.cogvideox.transformer;

import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rotary positions in three dimensions: of a head's size a quarter turns with the frame, three eighths with the row,
 * three eighths with the column; neighbouring numbers are a pair.
 *
 * <p>The 1.0 models fit a grid of any size into that of their own size unless they are told to count, the 1.5 models
 * count patches.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2 (3D-RoPE)</a>
 */
final class Rotary {
    private static final double BASE = 10_000;

    private Rotary() {}

    /** Unit complex numbers to turn all tokens by, the L text tokens first, which stay: (S, 1, K/2). */
    static Tensor table(TransformerConfig c, Positions.Size size, Positions.Grid placing) {
        return Scopes.keep(() -> {
            TokenGrid grid = TokenGrid.of(c, size);
            double[] rows = count(grid.rows());
            double[] columns = count(grid.columns());
            if (c.patchFrames() == 0 && placing == Positions.Grid.STRETCHED) {
                Span[] region = region(grid, c.sampleHeight() / c.patchSize(), c.sampleWidth() / c.patchSize());
                rows = region[0].points(grid.rows());
                columns = region[1].points(grid.columns());
            }
            long quarter = c.headDim() / 4;
            long spatial = 3 * c.headDim() / 8;
            Tensor video = Tensors.cat(
                            3,
                            grid.perFrame(angles(count(grid.frames()), quarter)),
                            grid.perRow(angles(rows, spatial)),
                            grid.perColumn(angles(columns, spatial)))
                    .flatten(0, 2); // (N, K/2)
            Tensor text = Tensors.zeros(ScalarType.Float, size.textTokens(), c.headDim() / 2); // (L, K/2)
            Tensor all = Tensors.cat(0, text, video).unsqueeze(1); // (S, 1, K/2)
            return torch.polar(torch.ones(all.shape(), Dtypes.options(ScalarType.Float)), all); // (S, 1, K/2)
        });
    }

    /** A stretch of one axis of the model's own grid. */
    record Span(long start, long stop) {
        /** {@code n} points from the start on, evenly spread, the stop left out. */
        double[] points(long n) {
            double last = stop * (n - 1.0) / n;
            double[] points = new double[Math.toIntExact(n)];
            for (int i = 0; i < n; i++) {
                points[i] = n == 1 ? start : start + (last - start) * i / (n - 1);
            }
            return points;
        }
    }

    /**
     * The part of the model's own grid that a grid of another shape covers: the largest centred one of the same
     * proportions, edges rounded half to even. Rows, then columns.
     */
    static Span[] region(TokenGrid grid, long baseRows, long baseColumns) {
        double proportion = (double) grid.rows() / grid.columns();
        long rows = baseRows;
        long columns = baseColumns;
        if (proportion > (double) baseRows / baseColumns) {
            columns = round((double) baseRows / grid.rows() * grid.columns());
        } else {
            rows = round((double) baseColumns / grid.columns() * grid.rows());
        }
        long top = round((baseRows - rows) / 2.0);
        long left = round((baseColumns - columns) / 2.0);
        return new Span[] {new Span(top, top + rows), new Span(left, left + columns)};
    }

    private static long round(double value) {
        return (long) Math.rint(value);
    }

    private static double[] count(long n) {
        double[] points = new double[Math.toIntExact(n)];
        for (int i = 0; i < n; i++) {
            points[i] = i;
        }
        return points;
    }

    /** Position times 10000^(-2i/width): (points, width/2). */
    private static Tensor angles(double[] points, long width) {
        int half = Math.toIntExact(width / 2);
        float[] values = new float[points.length * half];
        for (int n = 0; n < points.length; n++) {
            for (int i = 0; i < half; i++) {
                values[n * half + i] = (float) (points[n] * Math.pow(BASE, -2.0 * i / width));
            }
        }
        return Tensors.of(values, points.length, half);
    }
}
