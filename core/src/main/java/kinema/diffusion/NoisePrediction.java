package kinema.diffusion;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The ε-prediction: the network predicts the noise in its input.
 *
 * @see <a href="https://arxiv.org/abs/2006.11239">DDPM, section 3.2</a>
 */
final class NoisePrediction {
    private NoisePrediction() {}

    /** The clean picture that a noise stands for, x0 = (x - √(1-ā)·ε) / √ā, kept within bounds where there are any. */
    static Tensor toClean(Tensor sample, Tensor noise, double alpha, @Nullable Thresholding bounds) {
        return Scopes.keep(() -> {
            Tensor clean = sample.sub(noise, new Scalar(Math.sqrt(1 - alpha))).div(new Scalar(Math.sqrt(alpha)));
            return bounds == null ? clean : bounds.apply(clean);
        });
    }
}
