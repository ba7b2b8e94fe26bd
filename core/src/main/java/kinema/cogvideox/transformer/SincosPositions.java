package kinema.cogvideox.transformer;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The 2b model's positions: a quarter of the width tells the frame, three eighths the column, three eighths the row.
 * Other sizes than the model's own continue the same table; nothing is stretched.
 */
final class SincosPositions {
    private static final double BASE = 10_000;

    private SincosPositions() {}

    /** The table of all video tokens, (1, N, D). */
    static Tensor table(TransformerConfig c, Positions.Size size) {
        return Scopes.keep(() -> {
            TokenGrid grid = TokenGrid.of(c, size);
            int quarter = Math.toIntExact(c.width() / 4);
            int spatial = Math.toIntExact(3 * c.width() / 8);
            Tensor frames = grid.perFrame(axis(grid.frames(), c.temporalScale(), quarter)); // (T, R, C, D/4)
            Tensor columns = grid.perColumn(axis(grid.columns(), c.spatialScale(), spatial)); // (T, R, C, 3D/8)
            Tensor rows = grid.perRow(axis(grid.rows(), c.spatialScale(), spatial)); // (T, R, C, 3D/8)
            return Tensors.cat(3, frames, columns, rows).flatten(0, 2).unsqueeze(0); // (1, N, D)
        });
    }

    /** Sines, then cosines, of index / scale · 10000^(-i/half): (count, width). */
    private static Tensor axis(long count, double scale, int width) {
        int half = width / 2;
        float[] values = new float[Math.toIntExact(count * width)];
        for (int n = 0; n < count; n++) {
            for (int i = 0; i < half; i++) {
                double angle = n / scale * Math.pow(BASE, -(double) i / half);
                values[n * width + i] = (float) Math.sin(angle);
                values[n * width + half + i] = (float) Math.cos(angle);
            }
        }
        return Tensors.of(values, count, width);
    }
}
