package kinema.train;

/** A clip that cannot be had: a damaged file, one without caption, one too short. The others of its source can. */
public final class UnusableClipException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** An error that says which clip, and what is wrong with it. */
    public UnusableClipException(String message) {
        super(message);
    }

    /** An error with its cause. */
    public UnusableClipException(String message, Throwable cause) {
        super(message, cause);
    }
}
