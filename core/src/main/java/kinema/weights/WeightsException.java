package kinema.weights;

import java.io.IOException;
import java.nio.file.Path;
import kinema.files.FileFailure;

/** A checkpoint that cannot be used as it is; the message names file, key and what was expected. */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error of a checkpoint. */
    public WeightsException(String message) {
        super(message);
    }

    /** A file that cannot be opened or read, or a folder that cannot be listed. */
    public static WeightsException unreadable(Path file, IOException cause) {
        return new WeightsException(file + ": " + FileFailure.reading(file, cause), cause);
    }

    /** An error of a checkpoint that another error brought about. */
    public WeightsException(String message, Throwable cause) {
        super(message, cause);
    }
}
