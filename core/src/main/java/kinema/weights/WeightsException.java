package kinema.weights;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A checkpoint that cannot be used as it is; the message names file, key and what was expected. */
public final class WeightsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error of a checkpoint. */
    public WeightsException(String message) {
        super(message);
    }

    /** A file that cannot be opened or read, or a folder that cannot be listed. */
    public static WeightsException unreadable(Path file, IOException cause) {
        String reason = "cannot be read: " + cause.getMessage();
        if (cause instanceof NoSuchFileException) {
            reason = "no such file";
        } else if (cause instanceof AccessDeniedException) {
            reason = "no permission to read it";
        } else if (Files.isDirectory(file)) {
            reason = "it is a folder; expected a file";
        }
        return new WeightsException(file + ": " + reason, cause);
    }

    /** An error of a checkpoint that another error brought about. */
    public WeightsException(String message, Throwable cause) {
        super(message, cause);
    }
}
