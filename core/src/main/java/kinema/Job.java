package kinema;

import java.util.Optional;
import kinema.memory.MemoryPlan;

/**
 * A request that a model can serve: checked, planned, and said in full before anything is computed. A value that a queue can
 * hold; its model must stay open. Made by {@link VideoModel#prepare}; may be run more than once, also at the same time.
 */
public interface Job {
    /**
     * How it is run here and what memory it takes, stage by stage, or why it cannot be. Without a limit of its own
     * ({@link kinema.system.OpenOptions#maxMemory}) the model reckons with what the machine had free when it was prepared.
     */
    MemoryPlan plan();

    /** What the generation will record: the request with nothing left open, and what makes it. */
    Provenance provenance();

    /** The unfinished run it goes on from; empty where it starts anew. */
    Optional<UnfinishedRun> begun();

    /** What to write beside its latents; empty where it has none that an autoencoder could decode on its own. */
    Optional<LatentsNotes> latentsNotes();

    /**
     * What keeps the video of an earlier generation from being this one: the first setting in which they differ, with both
     * values. A setting that was not there yet when that was recorded had the model's own value.
     */
    Optional<String> difference(Provenance earlier);

    /**
     * Generates the video, handing its frames over as they are made. Memory does not grow with their number, unless the
     * request asks for its tensors or for tiles, whose edges can only be blended when all frames are there.
     *
     * @throws kinema.memory.MemoryException when it would not fit, with the smallest change with which it would
     * @throws java.util.concurrent.CancellationException when the listener ended it
     * @throws SpillException when the request's spill is in use, or holds damaged work
     * @throws java.io.UncheckedIOException when unfinished work cannot be saved; what was saved before stays
     * @throws ArithmeticException when numbers stop being finite, naming the step
     */
    Outcome run(GenerationListener listener, FrameSink sink);
}
