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

    private final NoiseSchedule schedule;
    private final Timesteps timesteps;

    DdimScheduler(NoiseSchedule schedule, Timesteps timesteps) {
        this.schedule = schedule;
        this.timesteps = timesteps;
    }

    @Override
    public Timesteps timesteps() {
        return timesteps;
    }

    @Override
    public Tensor step(int i, Tensor sample, Tensor velocity, Rng rng) {
        Coefficients c = coefficients(schedule.alpha(timesteps.at(i)), schedule.alpha(timesteps.after(i)));
        return Scopes.keep(() -> {
            Tensor clean = Velocity.toClean(sample, velocity, schedule.alpha(timesteps.at(i)));
            return sample.mul(new Scalar(c.sample())).add(clean, new Scalar(c.clean()));
        });
    }

    /** Remembers nothing, so frees nothing. */
    @Override
    public void close() {}

    static Coefficients coefficients(double alpha, double alphaAfter) {
        double a = Math.sqrt((1 - alphaAfter) / (1 - alpha));
        return new Coefficients(a, Math.sqrt(alphaAfter) - Math.sqrt(alpha) * a);
    }
}
