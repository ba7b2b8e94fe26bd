package kinema;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Writes and reads video files for {@link Video} and {@link Generation}, which know no formats. The module
 * {@code kinema-video} is one; it is found as a {@link ServiceLoader service}, so a program may bring another instead.
 */
public interface VideoStorage {
    /**
     * Saves a video.
     *
     * @param provenance what made it, see {@link Provenance#toJson}; empty for nothing
     * @param file whose name says the format
     */
    void save(Video video, Optional<String> provenance, Path file);

    /** Reads a video file, a picture, or a folder of pictures. */
    Video read(Path file);
}
