package kinema.cogvideox.transformer;

import org.bytedeco.pytorch.Tensor;

/**
 * How the video tokens lie in time and space.
 *
 * @param frames of patches, T
 * @param rows of patches, R
 * @param columns of patches, C
 */
record TokenGrid(long frames, long rows, long columns) {
    /** The grid of latents of {@code size}. */
    static TokenGrid of(TransformerConfig c, Positions.Size size) {
        long p = c.patchSize();
        return new TokenGrid(size.frames() / c.framesPerPatch(), size.height() / p, size.width() / p);
    }

    /** All tokens, N. */
    long tokens() {
        return frames * rows * columns;
    }

    /** A row per frame, (T, n), repeated over the grid: (T, R, C, n). */
    Tensor perFrame(Tensor table) {
        return table.view(frames, 1, 1, -1).expand(frames, rows, columns, -1);
    }

    /** A row per row of patches, (R, n), repeated over the grid: (T, R, C, n). */
    Tensor perRow(Tensor table) {
        return table.view(1, rows, 1, -1).expand(frames, rows, columns, -1);
    }

    /** A row per column of patches, (C, n), repeated over the grid: (T, R, C, n). */
    Tensor perColumn(Tensor table) {
        return table.view(1, 1, columns, -1).expand(frames, rows, columns, -1);
    }
}
