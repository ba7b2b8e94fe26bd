package kinema.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import kinema.files.OutputPlace;
import kinema.files.Partial;
import kinema.files.PlaceException;

/** A folder that appears under its name when it is complete; closed before that, nothing is left of it. */
public final class NewFolder implements AutoCloseable {
    private final Path target;
    private final Path partial;

    private NewFolder(Path target, Path partial) {
        this.target = target;
        this.partial = partial;
    }

    /**
     * Begins a folder.
     *
     * @throws PlaceException when something is there already that is no empty folder, or nothing can be written there
     * @throws IOException when it cannot be made
     */
    public static NewFolder begin(Path target) throws IOException {
        Path whole = target.toAbsolutePath().normalize();
        if (Files.exists(whole) && !isEmptyFolder(whole)) {
            throw new PlaceException("cannot write " + target + ": "
                    + (Files.isDirectory(whole) ? "the folder is not empty" : "there is a file of that name")
                    + "; choose another place");
        }
        OutputPlace.tryOut(whole);
        OutputPlace.makeFolders(whole);
        Path parent = whole.resolveSibling(".").normalize();
        Partial.removeAbandoned(parent, whole);
        return new NewFolder(whole, Files.createDirectory(Partial.in(parent, whole)));
    }

    /** Where to write meanwhile. */
    public Path path() {
        return partial;
    }

    /** Makes sure that the disk has room for so many bytes more. */
    public void requireSpace(long bytes) throws IOException {
        long free = Files.getFileStore(partial).getUsableSpace();
        if (free < bytes) {
            throw new IOException(
                    "No space left on device for " + target + ": needs " + bytes + " bytes, " + free + " are free");
        }
    }

    /** Gives the folder its name. */
    public void complete() throws IOException {
        Files.deleteIfExists(target);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() throws IOException {
        Partial.delete(partial);
    }

    private static boolean isEmptyFolder(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return false;
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }
}
