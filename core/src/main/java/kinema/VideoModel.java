package kinema;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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

    /** Tells its draft decoder, with which it previews and makes drafts, from all others; empty where it has none. */
    default Optional<String> draftDecoder() {
        return Optional.empty();
    }

    /** What its user should know of how it was opened, a line each: what its LoRAs change, how they are scaled, why it computes in bf16. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Checks a request and plans how it is run; nothing is loaded for it.
     *
     * @param framesKept whether all frames will stay in memory, which the plan then counts
     * @throws IllegalArgumentException when the model cannot do what is asked, with the nearest it can
     * @throws kinema.system.ConditionException when it takes other pictures than the request's
     * @throws SpillException when the request's spill holds work of another request, or damaged work
     * @throws kinema.weights.WeightsException when the request's spill was begun with other weights
     */
    Job prepare(GenerationRequest request, boolean framesKept);

    /** As {@link #prepare(GenerationRequest, boolean)}, for frames that are not kept. */
    default Job prepare(GenerationRequest request) {
        return prepare(request, false);
    }

    /** Prepares a request and runs it at once, see {@link #prepare} and {@link Job#run}. */
    default Outcome generate(GenerationRequest request, GenerationListener listener, FrameSink sink) {
        return prepare(request).run(listener, sink);
    }

    /** Generates a video and keeps it in memory; otherwise as with a {@link FrameSink}. */
    default Generation generate(GenerationRequest request, GenerationListener listener) {
        FrameCollector frames = new FrameCollector();
        Outcome outcome = prepare(request, true).run(listener, frames);
        return new Generation(frames.video(), outcome);
    }

    /** As {@link #generate(GenerationRequest, GenerationListener)}, unwatched. */
    default Generation generate(GenerationRequest request) {
        return generate(request, GenerationListener.NONE);
    }

    /**
     * Generates what a sentence says, with a random seed and the model's own settings: {@code
     * model.generate("a red rocket").save(Path.of("rocket.mp4"))}. There is nothing to close, since it has no tensors.
     */
    default Generation generate(String prompt) {
        return generate(GenerationRequest.of(prompt).build());
    }

    /**
     * Generates on a thread of its own. The future holds what {@link #generate(GenerationRequest, GenerationListener)} would
     * have answered or thrown. A future that is ended otherwise, by {@link CompletableFuture#cancel} or
     * {@link CompletableFuture#orTimeout}, ends the generation after the step it is at; a future that depends on it, such as
     * that of {@link CompletableFuture#thenApply}, does not.
     *
     * @param listener is called on that thread
     */
    default CompletableFuture<Generation> generateAsync(GenerationRequest request, GenerationListener listener) {
        return new AsyncGenerations().start(this, request, listener);
    }

    /** As {@link #generateAsync(GenerationRequest, GenerationListener)}, unwatched. */
    default CompletableFuture<Generation> generateAsync(GenerationRequest request) {
        return generateAsync(request, GenerationListener.NONE);
    }

    /** As {@link #generateAsync(GenerationRequest)}, with a random seed and the model's own settings. */
    default CompletableFuture<Generation> generateAsync(String prompt) {
        return generateAsync(GenerationRequest.of(prompt).build());
    }

    /**
     * Measures how the model's steps differ from one to the next, in one run of each request, and writes that beside the model, where
     * requests with {@code cache} mag or tea find it.
     *
     * @param requests that differ in prompt and seed alone
     * @return the file
     * @throws IllegalArgumentException when the system has nothing to calibrate, or a request is not possible
     * @throws IOException when the file cannot be written
     */
    default Path calibrate(List<GenerationRequest> requests, GenerationListener listener) throws IOException {
        throw new IllegalArgumentException("a model of " + system() + " has nothing to calibrate");
    }

    /** Frees the weights. What {@link #generateAsync} began is cancelled first, and waited for. */
    @Override
    void close();
}
