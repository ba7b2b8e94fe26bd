package kinema.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** A place for tensors. */
final class TensorFile {
    private static final String ENDING = ".safetensors";

    private TensorFile() {}

    /**
     * Makes sure, without writing, that a safetensors file can go there.
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
    }
}
