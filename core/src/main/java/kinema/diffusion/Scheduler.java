package kinema.diffusion;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/**
 * A sampler: leads from noise to finished latents. Steps are taken in order; what one needs to know of the steps before is
 * in the {@link Denoised} it is given. Immutable.
 */
public interface Scheduler {
    /** The timesteps of the run, noisiest first. */
    Timesteps timesteps();

    /**
     * Takes step {@code i}.
     *
     * @param i index into {@link #timesteps}
     * @param at the latents before the step, float32
     * @param prediction what the network predicts for them: the velocity or the noise, as the sampler says
     * @param rng source of the noise a stochastic sampler adds
     * @return the latents after the step, in the caller's scope
     */
    Denoised step(int i, Denoised at, Tensor prediction, Rng rng);

    /** The sampler of a type over {@code timesteps}. */
    static Scheduler of(SchedulerType type, Timesteps timesteps) {
        return switch (type) {
            case DDIM -> new DdimScheduler(timesteps);
            case DPM -> new DpmScheduler(timesteps);
        };
    }
}
