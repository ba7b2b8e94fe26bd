package kinema;

import org.jspecify.annotations.Nullable;

/** Saved work that cannot be gone on from: it is damaged, of another request, or no such work at all. */
public final class SpillException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SpillException(String message) {
        this(message, null);
    }

    SpillException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
