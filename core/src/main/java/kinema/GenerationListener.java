package kinema;

import kinema.diffusion.Phase;

/** Watches a generation and may end it. Called on the generating thread; every method does nothing unless overridden. */
public interface GenerationListener {
    /** Watches nothing. */
    GenerationListener NONE = new GenerationListener() {};

    /** A phase begins. */
    default void phase(Phase phase) {}

    /** A step of the current phase ended: {@code done} of {@code total}. */
    default void step(int done, int total) {}

    /** Asked between steps; {@code true} ends the generation with a {@link java.util.concurrent.CancellationException}. */
    default boolean cancelled() {
        return false;
    }
}
