package kinema.eval;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Cuts the outlined subject out of a frame and scales it to one size. Axis: B frames. */
final class CloseUp {
    /** Red, green, blue, outline. */
    static final long CHANNELS = 4;

    private static final long SIDE = 32;
    /** Half the cut's side in standard deviations of the outline; a disc ends at 1.4, a bar at 1.7. */
    private static final double REACH = 1.9;
    /** Of the frame's half; no cut is smaller. */
    private static final double LEAST_REACH = 0.12;
    /** Cells less likely covered than this do not count. */
    private static final double DOUBT = 0.3;

    private static final double EPS = 1e-4;

    private CloseUp() {}

    /**
     * Cuts.
     *
     * @param frames (B, 3, 64, 64)
     * @param mask probability that the subject covers a cell, (B, 1, 32, 32)
     * @return (B, 4, 32, 32)
     */
    static Tensor cut(Tensor frames, Tensor mask) {
        return Scopes.keep(() -> {
            long[] side = {frames.size(2), frames.size(3)};
            Tensor layers = Tensors.cat(1, frames, torch.upsample_bilinear2d(mask, side, false)); // (B, 4, 64, 64)
            long[] size = {frames.size(0), CHANNELS, SIDE, SIDE};
            Tensor grid = torch.affine_grid_generator(placement(mask), size, false); // (B, 32, 32, 2)
            return torch.grid_sampler(layers, grid, 0, 1, false); // bilinear; beyond the frame its edge goes on
        });
    }

    /** The affine maps from the cut's square to the frame's, both from -1 to 1; (B, 2, 3). */
    private static Tensor placement(Tensor mask) {
        return Scopes.keep(() -> {
            long cells = mask.size(3);
            Tensor weight =
                    torch.relu(mask.sub(new Scalar(DOUBT))).squeeze(1).add(new Scalar(EPS / cells)); // (B, 32, 32)
            weight = weight.div(weight.sum(new long[] {1, 2}, true, new ScalarTypeOptional()));
            Tensor along = Tensors.of(coordinates((int) cells), cells); // (32)
            Tensor columns = weight.sum(1); // (B, 32)
            Tensor rows = weight.sum(2); // (B, 32)
            Tensor x = columns.mv(along); // (B)
            Tensor y = rows.mv(along); // (B)
            Tensor squares = along.mul(along);
            Tensor variance =
                    columns.mv(squares).sub(x.mul(x)).add(rows.mv(squares)).sub(y.mul(y)); // (B)
            Tensor reach = variance.sqrt().mul(new Scalar(REACH)).clamp_min(new Scalar(LEAST_REACH)); // (B)
            Tensor zero = torch.zeros_like(x);
            return torch.stack(new TensorVector(reach, zero, x, zero, reach, y), 1)
                    .view(-1, 2, 3);
        });
    }

    /** The centres of cells from -1 to 1. */
    private static float[] coordinates(int cells) {
        float[] centres = new float[cells];
        for (int i = 0; i < cells; i++) {
            centres[i] = (2 * i + 1f) / cells - 1;
        }
        return centres;
    }
}
