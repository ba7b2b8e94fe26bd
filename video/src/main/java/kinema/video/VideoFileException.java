package kinema.video;

import org.jspecify.annotations.Nullable;

/**
 * A file could not be read or written: it is missing, damaged, not a video, or the disk or FFmpeg refused.
 *
 * <p>Requests that can never work (unknown extension, odd size) are {@link IllegalArgumentException}s instead.
 */
public final class VideoFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    VideoFileException(String message) {
        this(message, null);
    }

    VideoFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
