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

    /** Starts a run over {@code timesteps} of {@code schedule}. */
    static Scheduler start(SchedulerType type, NoiseSchedule schedule, Timesteps timesteps) {
        return switch (type) {
            case DDIM -> new DdimScheduler(schedule, timesteps);
            case DPM -> new DpmScheduler(schedule, timesteps);
        };
    }
}
