package kinema;

import java.util.List;
import java.util.Optional;
import kinema.diffusion.MemoryPlan;
import kinema.system.OpenOptions;
import kinema.system.Schema;
import kinema.system.VideoSize;

/**
 * A loaded text-to-video model. Opened by {@link Kinema#open}; close it to free its weights.
 *
 * <p>Safe to share between threads: requests that run at the same time give the bytes that each gives alone, in the same
 * tiles. They share weights and processor, so together they are no faster than one after the other; each is planned in the
 * memory that those before it leave. Do not close a model while a request runs.
 */
public interface VideoModel extends AutoCloseable {
    /** The name of the model's folder. */
    String name();

    /** The system it belongs to, such as {@code cogvideox}. */
    String system();

    /** What size a video has where a request leaves it open. */
    VideoSize size();

    /** The settings a request may have, with the model's own values for those it leaves open. */
    Schema settings();

    /** Tells its autoencoder from all others, as {@link VideoAutoencoder#digest} does; empty where it has none of its own. */
    Optional<String> vaeDigest();

    /** What its user should know of how it was opened, a line each: what its LoRAs change, and how they are scaled. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * What a generation of this request will record: the request with nothing left open, and what makes it.
     *
     * @throws IllegalArgumentException when the request's frames are not those of its pictures, or the model cannot do what
     *     is asked
     * @throws kinema.diffusion.MemoryException when it would not fit
     */
    Provenance provenance(GenerationRequest request);

    /**
     * How a request would be run here and what memory it would take, phase by phase, when its frames go to a sink that does
     * not keep them; nothing is loaded for it. Without a limit of its own ({@link OpenOptions#maxMemory}) it reckons with
     * what the machine has free at the moment.
     *
     * @throws IllegalArgumentException when the model cannot do what is asked, with the nearest it can
     */
    MemoryPlan plan(GenerationRequest request);

    /**
     * Generates a video, handing its frames over as they are made. Memory does not grow with their number, unless the
     * request asks for its tensors or for tiles, whose edges can only be blended when all frames are there.
     *
     * @throws IllegalArgumentException when the model cannot do what is asked, with the nearest it can
     * @throws kinema.diffusion.MemoryException when it would not fit, with the smallest change with which it would
     * @throws java.util.concurrent.CancellationException when the listener ended it
     * @throws SpillException when the request's spill holds work of another request, or damaged work
     * @throws java.io.UncheckedIOException when unfinished work cannot be kept; what was kept before stays
     * @throws kinema.weights.WeightsException when the request's spill was begun with other weights
     * @throws ArithmeticException when numbers stop being finite, naming the step
     */
    Outcome generate(GenerationRequest request, GenerationListener listener, FrameSink sink);

    /** Generates a video and keeps it in memory; otherwise as with a {@link FrameSink}. */
    default Generation generate(GenerationRequest request, GenerationListener listener) {
        FrameCollector frames = new FrameCollector();
        Outcome outcome = generate(request, listener, frames);
        return new Generation(frames.video(), outcome);
    }

    @Override
    void close();
}
