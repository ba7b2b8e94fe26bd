package kinema.diffusion;

/** From prompt to frames: what every system offers. One run at a time; closing frees the weights. */
public interface VideoPipeline extends AutoCloseable {
    /** The model's own settings. */
    SamplingDefaults defaults();

    /**
     * Generates.
     *
     * @param keeper holds the state to go on from, if there is one, and keeps that of this run
     * @throws IllegalArgumentException when frames or sizes are not possible, with the nearest that are
     * @throws java.util.concurrent.CancellationException when the observer ended it
     * @throws ArithmeticException when numbers stop being finite, naming the step
     */
    PipelineOutput run(Sampling sampling, StateKeeper keeper, SamplingObserver observer);

    @Override
    void close();
}
