package kinema.weights;

/** A checkpoint that cannot be used as it is; the message names file, key and what was expected. */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error of a checkpoint. */
    public WeightsException(String message) {
        super(message);
    }

    /** An error of a checkpoint that another error brought about. */
    public WeightsException(String message, Throwable cause) {
        super(message, cause);
    }
}
