package kinema.diffusion;

import java.util.List;

/** From prompt to frames: what every system offers. Safe to share between threads; closing frees the weights. */
public interface VideoPipeline extends AutoCloseable {
    /** The model's own settings. */
    SamplingDefaults defaults();

    /**
     * How a request would be run and what memory it would take; nothing is loaded for it.
     *
     * @throws IllegalArgumentException when frames or sizes are not possible, with the nearest that are
     */
    MemoryPlan plan(Workload workload);

    /** Tells its autoencoder from all others, see {@link VideoCodec#digest}. */
    String vaeDigest();

    /** What its user should know of how it was opened, a line each. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Generates; the observer is given the frames as they are made.
     *
     * @param keeper holds the state to go on from, if there is one, and keeps that of this run
     * @throws IllegalArgumentException when frames or sizes are not possible, with the nearest that are
     * @throws MemoryException when it would not fit the memory that may be used
     * @throws java.util.concurrent.CancellationException when the observer ended it
     * @throws ArithmeticException when numbers stop being finite, naming the step
     */
    PipelineOutput run(Sampling sampling, StateKeeper keeper, SamplingObserver observer);

    @Override
    void close();
}
