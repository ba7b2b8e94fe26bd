package kinema.memory;

/** A request that cannot be run in the memory it may use; the message names the smallest change with which it could. */
public final class MemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The error with what is needed, what there is, and what to change. */
    public MemoryException(String message) {
        super(message);
    }
}
