package kinema.files;

import org.jspecify.annotations.Nullable;

/** An output that cannot come into being where it is to go, found before anything was made for it. */
public final class PlaceException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** With a message that names the place and what to do. */
    public PlaceException(String message) {
        this(message, null);
    }

    /** The same with its cause. */
    public PlaceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
