package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.files.Partial;
import kinema.weights.FileFailure;
import kinema.weights.SafetensorsWriter;

/** A place for tensors. */
final class TensorFile {
    private static final String ENDING = ".safetensors";

    private TensorFile() {}

    /**
     * Makes sure that a safetensors file can go there; an empty file is made there for a moment.
     *
     * @param what goes there, as the user calls it
     * @throws IllegalArgumentException for another ending, a folder, or a place that cannot be written
     */
    static void check(String what, Path file) {
        if (!file.toString().endsWith(ENDING)) {
            throw new IllegalArgumentException(what + " go to " + ENDING + " files only, found '" + file + "'");
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException("cannot write " + file + ": it is a folder");
        }
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "cannot write " + file + ": the folder " + folder + " does not exist; create it");
        }
        if (!Files.isWritable(folder)) {
            throw new IllegalArgumentException("cannot write " + file + ": no permission to write in " + folder);
        }
        try {
            Path target = Partial.followed(file).toAbsolutePath().normalize();
            Partial.requireName(SafetensorsWriter.unfinished(target));
            Partial.tryOut(target.resolveSibling("."), target);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "cannot write " + file + ": nothing of that name can be made in " + folder + " ("
                            + FileFailure.writing(e) + "); choose another place",
                    e);
        }
    }
}
