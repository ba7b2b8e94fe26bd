package kinema.diffusion;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Dynamic thresholding: keeps the clean picture that a step predicts within [-s, s] and divides by s, where s is so large
 * that the given part of the picture's values is within it, but from 1 to a largest value. With 1 for the largest it is a
 * clamp to [-1, 1].
 *
 * @param ratio the part of the values, from 0 to 1
 * @param most the largest s, at least 1
 * @see <a href="https://arxiv.org/abs/2205.11487">Imagen, section 2.3</a>
 */
public record Thresholding(double ratio, double most) {
    /** Checks the numbers. */
    public Thresholding {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException("dynamic_thresholding_ratio must be from 0 to 1, found " + ratio);
        }
        if (!(most >= 1)) {
            throw new IllegalArgumentException("sample_max_value must be at least 1, found " + most);
        }
    }

    /**
     * Thresholds, each frame by itself.
     *
     * @param clean (B, C, F, H, W) float32
     * @return (B, C, F, H, W) in [-1, 1]
     */
    Tensor apply(Tensor clean) {
        if (most == 1) {
            return clean.clamp(new ScalarOptional(new Scalar(-1.0)), new ScalarOptional(new Scalar(1.0)));
        }
        return Scopes.keep(() -> {
            Tensor frames = clean.abs().transpose(1, 2).flatten(2, -1); // (B, F, C·H·W)
            Tensor s = torch.quantile(frames, ratio, new LongOptional(2), false, "linear") // (B, F)
                    .clamp(new ScalarOptional(new Scalar(1.0)), new ScalarOptional(new Scalar(most)))
                    .view(clean.size(0), 1, clean.size(2), 1, 1); // (B, 1, F, 1, 1)
            return torch.clamp(clean, new TensorOptional(s.neg()), new TensorOptional(s))
                    .div(s); // (B, C, F, H, W)
        });
    }
}
