package kinema;

/** A judge of videos gave no answer, or one that says nothing. */
public final class VideoJudgeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With what happened. */
    public VideoJudgeException(String message) {
        super(message);
    }

    /** With what happened and why. */
    public VideoJudgeException(String message, Throwable cause) {
        super(message, cause);
    }
}
