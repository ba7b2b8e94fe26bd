package kinema.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** The place {@code --tensors} names. */
final class TensorFile {
    private static final String ENDING = ".safetensors";

    private TensorFile() {}

    /**
     * Makes sure, without writing, that a safetensors file can go there.
     *
     * @throws IllegalArgumentException for another ending, a folder, or a place that cannot be written
     */
    static void check(Path file) {
        if (!file.toString().endsWith(ENDING)) {
            throw new IllegalArgumentException("--tensors writes " + ENDING + " files, found '" + file + "'");
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
