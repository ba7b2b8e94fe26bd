package kinema.weights;

/** Follows a conversion, and may end it. Called from the thread that converts. */
public interface ConversionListener {
    /** Follows nothing. */
    ConversionListener NONE = new ConversionListener() {};

    /** A part of the model begins, such as {@code transformer}. */
    default void part(String name) {}

    /** Some of the part's files or tensors are written. */
    default void step(int done, int total) {}

    /** Whether to stop; asked after every step. */
    default boolean cancelled() {
        return false;
    }
}
