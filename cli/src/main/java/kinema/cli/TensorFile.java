package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.files.OutputPlace;
import kinema.files.PlaceException;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;

/** A place for tensors. */
final class TensorFile {
    private static final String ENDING = ".safetensors";

    private TensorFile() {}

    /**
     * Makes sure that a safetensors file can go there; an empty file, and its folders, are made there for a moment.
     *
     * @param what goes there, as the user calls it
     * @throws IllegalArgumentException for another ending
     * @throws PlaceException for a folder, or a place that cannot be written
     */
    static void check(String what, Path file) {
        if (!file.toString().endsWith(ENDING)) {
            throw new IllegalArgumentException(what + " go to " + ENDING + " files only, found '" + file + "'");
        }
        if (Files.isDirectory(file)) {
            throw new PlaceException("cannot write " + file + ": it is a folder");
        }
        OutputPlace.tryOut(file, SafetensorsWriter.UNFINISHED);
    }

    /** Writes a file where {@link #check} found that it can go. */
    static void write(Path file, Map<String, Tensor> tensors, Map<String, String> notes) throws IOException {
        OutputPlace.makeFolders(file);
        SafetensorsWriter.write(file, tensors, notes);
    }
}
