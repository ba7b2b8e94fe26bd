package kinema.eval;

import kinema.Video;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.PictureMetrics;
import org.bytedeco.pytorch.Tensor;

/**
 * How near a video comes to another one, in 8 bits, before a file's codec has it.
 *
 * @param psnr of all its pixels, in dB; infinite where they are equal
 * @param worstPsnr that of the frame that is farthest off
 * @param ssim structural similarity, mean over frames and channels; 1 where they are equal
 */
public record Fidelity(double psnr, double worstPsnr, double ssim) {
    private static final double RANGE = 255;

    /**
     * Compares two videos of one size.
     *
     * @param exact the one to come near to
     * @throws IllegalArgumentException for videos of different sizes or lengths, or of fewer than 11 rows or columns, which have no SSIM
     */
    public static Fidelity between(Video exact, Video other) {
        requireSame(exact, other);
        double sum = 0;
        double worst = 0;
        for (int i = 0; i < exact.frames().size(); i++) {
            double error = meanSquare(exact.frames().get(i), other.frames().get(i));
            sum += error;
            worst = Math.max(worst, error);
        }
        double ssim = Scopes.run(() -> PictureMetrics.ssim(pixels(exact), pixels(other)));
        return new Fidelity(psnr(sum / exact.frames().size()), psnr(worst), ssim);
    }

    private static void requireSame(Video exact, Video other) {
        if (!extent(exact).equals(extent(other))) {
            throw new IllegalArgumentException("videos must have one size and length to be compared, found "
                    + extent(exact) + " and " + extent(other));
        }
    }

    private static String extent(Video video) {
        return video.frames().size() + " frames of " + video.width() + "x" + video.height();
    }

    private static double psnr(double meanSquare) {
        return 10 * Math.log10(RANGE * RANGE / meanSquare);
    }

    private static double meanSquare(byte[] x, byte[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            double difference = Byte.toUnsignedInt(x[i]) - Byte.toUnsignedInt(y[i]);
            sum += difference * difference;
        }
        return sum / x.length;
    }

    /** (1, 3, T, H, W) in [-1, 1]. */
    private static Tensor pixels(Video video) {
        int size = video.width() * video.height() * 3;
        float[] values = new float[size * video.frames().size()];
        for (int t = 0; t < video.frames().size(); t++) {
            byte[] frame = video.frames().get(t);
            for (int i = 0; i < size; i++) {
                values[t * size + i] = (float) (Byte.toUnsignedInt(frame[i]) * 2 / RANGE - 1);
            }
        }
        return Tensors.of(values, 1, video.frames().size(), video.height(), video.width(), 3) // (1, T, H, W, 3)
                .permute(0, 4, 1, 2, 3); // (1, 3, T, H, W)
    }
}
