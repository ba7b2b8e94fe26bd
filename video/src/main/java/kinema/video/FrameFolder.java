package kinema.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kinema.files.Partial;
import kinema.files.PlaceException;

/** Names inside a folder of frames. */
final class FrameFolder {
    /** The file that holds the provenance. */
    static final String PROVENANCE = "provenance.json";

    /** More would no longer sort by name. */
    static final int MAX_FRAMES = 10_000;

    private static final Pattern OURS = Pattern.compile("\\d{4}\\.png|provenance\\.json");
    private static final Pattern PICTURE = Pattern.compile(".+\\.(png|jpg|jpeg)");

    private FrameFolder() {}

    static String frameName(int index) {
        return String.format(Locale.ROOT, "%04d.png", index);
    }

    /** The pictures of a folder in order of name; other files are passed over. */
    static List<Path> pictures(Path folder) {
        List<Path> pictures =
                list(folder).stream().filter(FrameFolder::isPicture).toList();
        if (pictures.isEmpty()) {
            throw new VideoFileException(folder + " holds no pictures; expected .png, .jpg or .jpeg files");
        }
        return pictures;
    }

    /** Whether a file is named as a picture. */
    static boolean isPicture(Path file) {
        return PICTURE.matcher(file.getFileName().toString().toLowerCase(Locale.ROOT))
                .matches();
    }

    /** The files an earlier run left here, which a new one replaces. */
    static List<Path> earlierFrames(Path folder) {
        return list(folder).stream().filter(FrameFolder::isOurs).toList();
    }

    /** Refuses a folder with files that are not an earlier run's frames, so that nobody's pictures are mixed or lost. */
    static void checkReplaceable(Path folder) {
        for (Path file : list(folder)) {
            if (!isOurs(file) && !Partial.isOne(file)) {
                throw new PlaceException("the folder " + folder + " already holds " + file.getFileName()
                        + ", which is not a frame; choose a new or empty folder");
            }
        }
    }

    private static boolean isOurs(Path file) {
        return OURS.matcher(file.getFileName().toString()).matches();
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new VideoFileException("cannot list the folder " + folder + ": " + e.getMessage(), e);
        }
    }
}
