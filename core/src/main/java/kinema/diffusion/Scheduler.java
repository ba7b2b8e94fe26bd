package kinema.diffusion;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/**
 * One run of a sampler from noise to finished latents, for networks that predict velocity. Steps are taken in order;
 * closing frees what a run remembers. Not thread-safe.
 */
public interface Scheduler extends AutoCloseable {
    /** The timesteps of the run, noisiest first. */
    Timesteps timesteps();

    /**
     * Takes step {@code i}.
     *
     * @param i index into {@link #timesteps}
     * @param sample the latents before the step, float32
     * @param velocity what the network predicts for them
     * @param rng source of the noise a stochastic sampler adds
     * @return the latents after the step
     */
    Tensor step(int i, Tensor sample, Tensor velocity, Rng rng);

    @Override
    void close();

    /**
     * Starts a run.
     *
     * @param compat whether the previous timestep is chosen as the Python implementation does
     */
    static Scheduler start(SchedulerType type, NoiseSchedule schedule, int steps, boolean compat) {
        Timesteps timesteps = new Timesteps(schedule, steps, compat);
        return switch (type) {
            case DDIM -> new DdimScheduler(schedule, timesteps);
            case DPM -> new DpmScheduler(schedule, timesteps);
        };
    }
}
