package kinema.files;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Why a file could not be read or written, in words: Java's own message is often the file's name and nothing else. */
public final class FileFailure {
    private FileFailure() {}

    /** Why {@code file}, which a message has named already, could not be opened or read, or a folder not be listed. */
    public static String reading(Path file, IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "no such file";
        }
        if (cause instanceof AccessDeniedException) {
            return "no permission to read it";
        }
        if (Files.isDirectory(file)) {
            return "it is a folder; expected a file";
        }
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return "it is a pipe or a device; expected a file";
        }
        if (cause instanceof CharacterCodingException) {
            return "it is not text in UTF-8";
        }
        return "cannot be read: " + cause.getMessage();
    }

    /** Why nothing could be written to a place that a message has named already, or removed from there. */
    public static String writing(IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "no such folder";
        }
        if (cause instanceof AccessDeniedException) {
            return "no permission to write there";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "there is a file of that name";
        }
        String reason = cause instanceof FileSystemException known ? known.getReason() : cause.getMessage();
        return String.valueOf(reason == null ? cause.getMessage() : reason);
    }
}
