package kinema.eval;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes rendered frames look generated: blurred, noisy, a little off in colour. What is trained and checked on such
 * frames holds for pictures that are not as sharp as renderings.
 *
 * <p>Axis: N frames of 3 channels in [-1, 1].
 */
final class Softening {
    private static final int REACH = 3;
    private static final double SIGMA = 1.3; // pixels of a 64-pixel frame
    private static final long[] UNIT = {1, 1};
    private static final long[] NO_PADDING = {0, 0};
    private static final long COARSE = 8;

    private Softening() {}

    /** Every frame by another amount, a third of them not blurred; for training. (N, 3, H, W) to the same. */
    static Tensor random(Tensor frames, Rng rng) {
        return Scopes.keep(() -> {
            long n = frames.size(0);
            Tensor amount = clamp(uniform(rng, -0.5, 1, n, 1, 1, 1), 0, 1); // (N, 1, 1, 1)
            Tensor soft = torch.lerp(frames, blur(frames), amount);
            Tensor gain = uniform(rng, 0.85, 1.15, n, 3, 1, 1);
            Tensor offset = uniform(rng, -0.1, 0.1, n, 3, 1, 1);
            Tensor strength = uniform(rng, 0, 1, n, 1, 1, 1);
            return clamp(soft.mul(gain).add(offset).add(noise(frames, rng).mul(strength)), -1, 1);
        });
    }

    /** Every frame by the full amount, colours kept; for checks. (N, 3, H, W) to the same. */
    static Tensor full(Tensor frames, Rng rng) {
        return Scopes.keep(() -> clamp(blur(frames).add(noise(frames, rng)), -1, 1));
    }

    private static Tensor blur(Tensor frames) {
        return Scopes.keep(() -> {
            Tensor padded = torch.replication_pad2d(frames, REACH, REACH, REACH, REACH);
            return torch.conv2d(padded, kernel(), Tensors.none(), UNIT, NO_PADDING, UNIT, 3);
        });
    }

    /** A Gaussian for each channel by itself, (3, 1, 7, 7). */
    private static Tensor kernel() {
        int side = 2 * REACH + 1;
        float[] bell = new float[side * side];
        for (int i = 0; i < bell.length; i++) {
            int x = i % side - REACH;
            int y = i / side - REACH;
            bell[i] = (float) Math.exp(-(x * x + y * y) / (2 * SIGMA * SIGMA));
        }
        return Scopes.keep(() -> {
            Tensor one = Tensors.of(bell, 1, 1, side, side);
            return one.div(one.sum()).repeat(3, 1, 1, 1);
        });
    }

    /** Fine grain and coarse stains. */
    private static Tensor noise(Tensor frames, Rng rng) {
        long n = frames.size(0);
        long height = frames.size(2);
        long width = frames.size(3);
        Tensor stains = torch.upsample_bilinear2d(
                rng.randn(n, 3, COARSE, COARSE).mul(new Scalar(0.06)), new long[] {height, width}, false);
        return rng.randn(n, 3, height, width).mul(new Scalar(0.04)).add(stains);
    }

    private static Tensor uniform(Rng rng, double low, double high, long... shape) {
        return rng.rand(shape).mul(new Scalar(high - low)).add(new Scalar(low));
    }

    private static Tensor clamp(Tensor x, double low, double high) {
        return x.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
    }
}
