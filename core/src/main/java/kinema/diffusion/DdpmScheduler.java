package kinema.diffusion;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Ancestral sampling for networks that predict noise and, in as many channels more, where its variance lies between the
 * least and the most that theory allows. All steps but the last add noise.
 *
 * @see <a href="https://arxiv.org/abs/2006.11239">DDPM, equations 7 and 11</a>
 * @see <a href="https://arxiv.org/abs/2102.09672">Improved DDPM, section 3.1</a>
 */
public final class DdpmScheduler implements Scheduler {
    /** Mean = clean · x0 + sample · x; the logarithms of the least and the most variance. */
    record Coefficients(double clean, double sample, double least, double most) {}

    private static final double LEAST_VARIANCE = 1e-20;

    private final Timesteps timesteps;
    private final @Nullable Thresholding bounds;

    /**
     * A sampler.
     *
     * @param bounds what clean pictures are kept within; null for none
     */
    public DdpmScheduler(Timesteps timesteps, @Nullable Thresholding bounds) {
        this.timesteps = timesteps;
        this.bounds = bounds;
    }

    @Override
    public Timesteps timesteps() {
        return timesteps;
    }

    /**
     * {@inheritDoc}
     *
     * @param prediction (B, 2·C, …), the noise before the place of its variance, from -1 for the least to 1 for the most
     */
    @Override
    public Denoised step(int i, Denoised at, Tensor prediction, Rng rng) {
        Tensor sample = at.latents();
        long channels = sample.size(1);
        double alpha = timesteps.alpha(i);
        Coefficients c = coefficients(alpha, timesteps.alphaAfter(i));
        Tensor clean =
                Scopes.keep(() -> NoisePrediction.toClean(sample, prediction.narrow(1, 0, channels), alpha, bounds));
        Tensor next = Scopes.keep(() -> {
            Tensor mean = clean.mul(new Scalar(c.clean())).add(sample, new Scalar(c.sample()));
            if (timesteps.at(i) == 0) {
                return mean;
            }
            Tensor noise = rng.randn(sample.shape());
            Tensor most = prediction
                    .narrow(1, channels, channels)
                    .add(new Scalar(1.0))
                    .div(new Scalar(2.0)); // its part
            Tensor logVariance = most.mul(new Scalar(c.most() - c.least())).add(new Scalar(c.least()));
            return mean.add(logVariance.mul(new Scalar(0.5)).exp().mul(noise));
        });
        return new Denoised(next, clean);
    }

    /** From ā of a step and of where it leads. */
    static Coefficients coefficients(double alpha, double alphaAfter) {
        double left = alpha / alphaAfter;
        double beta = 1 - left;
        double least = (1 - alphaAfter) / (1 - alpha) * beta;
        return new Coefficients(
                Math.sqrt(alphaAfter) * beta / (1 - alpha),
                Math.sqrt(left) * (1 - alphaAfter) / (1 - alpha),
                Math.log(Math.max(least, LEAST_VARIANCE)),
                Math.log(beta));
    }
}
