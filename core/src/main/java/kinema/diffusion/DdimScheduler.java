package kinema.diffusion;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * DDIM without noise (η = 0): keeps the predicted noise, moves the predicted picture to the next noise level.
 *
 * @see <a href="https://arxiv.org/abs/2010.02502">DDIM, equation 12</a>
 */
public final class DdimScheduler implements Scheduler {
    /** x' = sample · x + clean · x0. */
    record Coefficients(double sample, double clean) {}

    private final Timesteps timesteps;

    DdimScheduler(Timesteps timesteps) {
        this.timesteps = timesteps;
    }

    @Override
    public Timesteps timesteps() {
        return timesteps;
    }

    @Override
    public Denoised step(int i, Denoised at, Tensor velocity, Rng rng) {
        double alpha = timesteps.alpha(i);
        Coefficients c = coefficients(alpha, timesteps.alphaAfter(i));
        Tensor clean = Velocity.toClean(at.latents(), velocity, alpha);
        Tensor next = Scopes.keep(() -> at.latents().mul(new Scalar(c.sample())).add(clean, new Scalar(c.clean())));
        return new Denoised(next, clean);
    }

    static Coefficients coefficients(double alpha, double alphaAfter) {
        double a = Math.sqrt((1 - alphaAfter) / (1 - alpha));
        return new Coefficients(a, Math.sqrt(alphaAfter) - Math.sqrt(alpha) * a);
    }
}
