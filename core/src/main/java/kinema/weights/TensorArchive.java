package kinema.weights;

import java.nio.file.Path;
import java.util.Map;

/**
 * A file of named tensors, memory-mapped: a tensor costs no memory until it is read. Close it when none of its tensors is
 * in use any more.
 */
public interface TensorArchive extends AutoCloseable {
    /**
     * Opens a file: one of PyTorch's if its name ends as those do, else safetensors.
     *
     * @throws WeightsException for a missing or damaged file
     */
    static TensorArchive open(Path file) {
        return TorchFile.named(file) ? TorchFile.open(file) : Safetensors.open(file);
    }

    /** The file. */
    Path file();

    /** The tensors by name, in the file's order. */
    Map<String, StoredTensor> tensors();

    /** What the file says of itself, as pairs of texts; may be empty. */
    Map<String, String> metadata();

    @Override
    void close();
}
