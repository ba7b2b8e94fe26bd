package kinema.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Where an output is to go: tried out before any work, and its folders made when it is written. */
public final class OutputPlace {
    private OutputPlace() {}

    /**
     * Makes sure that an output can come into being: makes a hidden file beside it, and the folders above it that are not
     * there, and removes them.
     *
     * @throws PlaceException when it cannot
     */
    public static void tryOut(Path output) {
        tryOut(output, "");
    }

    /**
     * The same for one that has a longer name until it is complete.
     *
     * @param ending what its name has more
     * @throws PlaceException when it cannot
     */
    public static void tryOut(Path output, String ending) {
        Deque<Path> made = new ArrayDeque<>();
        try {
            Path target = whole(output);
            Path folder = folder(target);
            try {
                makeFolders(folder, made);
                Partial.tryOut(folder, folder.resolve(target.getFileName() + ending));
            } finally {
                for (Path one : made) {
                    Files.deleteIfExists(one);
                }
            }
        } catch (IOException e) {
            throw cannotWrite(output, e);
        }
    }

    /**
     * The same for an output whose parts go into a folder that is there.
     *
     * @throws PlaceException when they cannot
     */
    public static void tryOutIn(Path folder) {
        try {
            Partial.tryOut(folder, whole(folder));
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        }
    }

    /**
     * Makes the folders above an output that are not there.
     *
     * @throws PlaceException when they cannot be made
     */
    public static void makeFolders(Path output) {
        try {
            makeFolders(folder(whole(output)), new ArrayDeque<>());
        } catch (IOException e) {
            throw cannotWrite(output, e);
        }
    }

    private static void makeFolders(Path folder, Deque<Path> made) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path at = folder; at != null && !Files.isDirectory(at); at = at.getParent()) {
            missing.push(at);
        }
        for (Path one : missing) {
            if (Files.exists(one)) {
                throw new FileSystemException(one.toString(), null, one + " is no folder");
            }
            Files.createDirectory(one);
            made.push(one);
        }
    }

    /** As it lies on the disk, a link followed. */
    private static Path whole(Path output) throws IOException {
        return Partial.followed(output.toAbsolutePath()).normalize();
    }

    private static Path folder(Path whole) {
        Path folder = whole.getParent();
        return folder == null ? whole : folder;
    }

    private static PlaceException cannotWrite(Path output, IOException e) {
        return new PlaceException(
                "cannot write " + output + ": " + FileFailure.writing(e) + "; choose another place", e);
    }
}
