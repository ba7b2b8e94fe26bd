package kinema.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kinema.memory.MemoryPlan;

/** From prompt to frames: what every system offers. Safe to share between threads; closing frees the weights. */
public interface VideoPipeline extends AutoCloseable {
    /** What the checkpoint can do. */
    PipelineRules rules();

    /**
     * How a request would be run and what memory it would take; nothing is loaded for it.
     *
     * @param collected what the caller will keep of the results
     * @throws IllegalArgumentException as {@link PipelineRules#check}
     */
    MemoryPlan plan(Sampling sampling, Collected collected);

    /**
     * Tells the autoencoder whose latents it makes from all others, see {@link VideoCodec#digest}; empty where it makes none
     * that an autoencoder could decode on its own.
     */
    Optional<String> vaeDigest();

    /** Tells the draft decoder that it has from all others; empty where it has none. */
    default Optional<String> draftDecoder() {
        return Optional.empty();
    }

    /** What its user should know of how it was opened, a line each. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Generates; the observer is given the frames as they are made.
     *
     * @throws IllegalArgumentException as {@link PipelineRules#check}
     * @throws kinema.memory.MemoryException when it would not fit the memory that may be used
     * @throws java.util.concurrent.CancellationException when the observer ended it
     * @throws NotFiniteException when numbers stop being finite, naming the step
     */
    void run(Run run);

    /**
     * Measures, from runs that differ in prompt and seed alone, how the checkpoint's steps differ, and writes that beside it for
     * requests that go by it.
     *
     * @return the file
     * @throws IllegalArgumentException where there is nothing to measure, or runs are not such ones
     * @throws IOException when it cannot be written
     */
    default Path calibrate(List<Run> runs) throws IOException {
        throw new IllegalArgumentException("models of this system have nothing to calibrate");
    }

    @Override
    void close();
}
