package kinema;

import org.jspecify.annotations.Nullable;

/** A language model gave no answer that can be used; the message says who was asked and what came back. */
public final class ChatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChatException(String message) {
        this(message, null);
    }

    ChatException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
