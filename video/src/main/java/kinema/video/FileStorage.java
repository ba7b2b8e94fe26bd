package kinema.video;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import kinema.Video;
import kinema.VideoStorage;

/** The files of this module for {@link Video#save} and {@link Video#read}. */
public final class FileStorage implements VideoStorage {
    private static final List<String> PICTURES = List.of(".png", ".jpg", ".jpeg");

    /** For the service loader. */
    public FileStorage() {}

    @Override
    public void save(Video video, Optional<String> provenance, Path file) {
        VideoWriter.write(VideoTarget.parse(file.toString()), video, provenance.orElse(null));
    }

    @Override
    public Video read(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(file) || PICTURES.stream().noneMatch(name::endsWith)) {
            return VideoReader.read(file);
        }
        Picture picture = Picture.read(file);
        return new Video(picture.width(), picture.height(), 1, List.of(picture.rgb()));
    }
}
