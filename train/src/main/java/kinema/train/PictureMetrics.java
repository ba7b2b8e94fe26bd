package kinema.train;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How near reconstructed clips come to the true ones.
 *
 * <p>Axes: B batch, T H W frames, rows, columns of pixels; pixels in [-1, 1].
 */
public final class PictureMetrics {
    private static final double RANGE = 2; // of pixels
    private static final long[] CHANNELS_AND_PIXELS = {1, 3, 4};
    private static final int WINDOW = 11;
    private static final double DEVIATION = 1.5;
    private static final double C1 = square(0.01 * RANGE);
    private static final double C2 = square(0.03 * RANGE);

    private PictureMetrics() {}

    /** Peak signal-to-noise ratio in dB of a difference of clips, (B, 3, T, H, W): of each frame, then their mean. */
    public static double psnr(Tensor difference) {
        return Scopes.run(() -> {
            Tensor error = difference.detach().square().mean(CHANNELS_AND_PIXELS); // (B, T)
            return error.log10().mean().item_double() * -10 + 10 * Math.log10(square(RANGE));
        });
    }

    /**
     * Mean structural similarity of two clips, each frame and channel apart, over windows of 11×11 pixels that lie inside.
     *
     * @param x (B, 3, T, H, W), at least 11 rows and columns
     * @param y as {@code x}
     * @see <a href="https://doi.org/10.1109/TIP.2003.819861">Image Quality Assessment: From Error Visibility to Structural
     *     Similarity</a>
     */
    public static double ssim(Tensor x, Tensor y) {
        return Scopes.run(() -> {
            Tensor a = frames(x); // (B·3·T, 1, H, W)
            Tensor b = frames(y);
            Tensor meanA = blurred(a);
            Tensor meanB = blurred(b);
            Tensor varianceA = blurred(a.mul(a)).sub(meanA.square());
            Tensor varianceB = blurred(b.mul(b)).sub(meanB.square());
            Tensor covariance = blurred(a.mul(b)).sub(meanA.mul(meanB));
            Tensor light = meanA.mul(meanB).mul(new Scalar(2.0)).add(new Scalar(C1));
            Tensor lightScale = meanA.square().add(meanB.square()).add(new Scalar(C1));
            Tensor shape = covariance.mul(new Scalar(2.0)).add(new Scalar(C2));
            Tensor shapeScale = varianceA.add(varianceB).add(new Scalar(C2));
            return light.mul(shape).div(lightScale.mul(shapeScale)).mean().item_double();
        });
    }

    /** Mean absolute change of a pixel from frame to frame, in steps of 8 bits; 0 for pictures. */
    public static double flicker(Tensor x) {
        long n = x.size(2) - 1;
        return n == 0
                ? 0
                : Scopes.run(() ->
                        x.narrow(2, 1, n).sub(x.narrow(2, 0, n)).abs().mean().item_double() * 255 / RANGE);
    }

    private static Tensor frames(Tensor x) {
        return x.detach().reshape(-1, 1, x.size(3), x.size(4)).to(ScalarType.Double);
    }

    private static Tensor blurred(Tensor frames) {
        return torch.conv2d(frames, window());
    }

    private static Tensor window() {
        float[] bell = new float[WINDOW];
        double sum = 0;
        for (int i = 0; i < WINDOW; i++) {
            bell[i] = (float) Math.exp(-square(i - WINDOW / 2) / (2 * square(DEVIATION)));
            sum += bell[i];
        }
        Tensor row = Tensors.of(bell, 1, WINDOW).div(new Scalar(sum)).to(ScalarType.Double);
        return row.t().matmul(row).view(1, 1, WINDOW, WINDOW);
    }

    private static double square(double x) {
        return x * x;
    }
}
