package kinema;

import org.jspecify.annotations.Nullable;

/** A prompt could not be rewritten; the message says who was asked and what came back. */
public final class PromptEnhancerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what went wrong. */
    public PromptEnhancerException(String message) {
        this(message, null);
    }

    /** With what went wrong and what it came from. */
    public PromptEnhancerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
