package kinema.weights;

/**
 * A network, or a part of one, that is in memory.
 *
 * @param part which
 * @param free frees its leaves
 */
public record Loaded<T>(T part, Runnable free) implements AutoCloseable {
    @Override
    public void close() {
        free.run();
    }
}
