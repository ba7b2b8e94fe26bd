package kinema.weights.pickle;

/** A pickle that is damaged, or that holds more than plain data; the message names the byte. */
public final class PickleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error of a pickle. */
    public PickleException(String message) {
        super(message);
    }
}
