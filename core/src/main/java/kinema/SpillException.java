package kinema;

import org.jspecify.annotations.Nullable;

/** Saved work that cannot be gone on from: it is damaged, of another request, or no such work at all. */
public final class SpillException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean another;

    SpillException(String message) {
        this(message, null);
    }

    SpillException(String message, @Nullable Throwable cause) {
        super(message, cause);
        another = false;
    }

    private SpillException(String message, boolean another) {
        super(message);
        this.another = another;
    }

    /** That a folder holds work of another request. */
    static SpillException ofAnother(String message) {
        return new SpillException(message, true);
    }

    /** Whether the work is sound, but another request's. */
    public boolean isAnother() {
        return another;
    }
}
