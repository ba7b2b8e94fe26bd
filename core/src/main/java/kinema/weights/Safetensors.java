package kinema.weights;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One safetensors file, memory-mapped: its tensors are views of the mapped bytes and cost no memory until they are read.
 *
 * <p>The header is checked whole before anything is mapped, so a damaged file ends in a {@link WeightsException}, not in
 * a fault of the JVM. Reading is thread-safe; close when no tensor of the file is in use any more.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index">the format</a>
 */
public final class Safetensors implements TensorArchive {
    /** One entry of the header; offsets count from the start of the file. */
    public record Entry(String key, ScalarType dtype, long[] shape, long begin, long end) {}

    private final Path file;
    private final SafetensorsHeader header;
    private final MappedFile mapped;

    private Safetensors(Path file, SafetensorsHeader header, MappedFile mapped) {
        this.file = file;
        this.header = header;
        this.mapped = mapped;
    }

    /**
     * Opens and checks a file.
     *
     * @throws WeightsException for a missing, truncated or damaged file, with what is wrong and where
     */
    public static Safetensors open(Path file) {
        SafetensorsHeader header = SafetensorsHeader.read(file);
        return new Safetensors(file, header, new MappedFile(file, header.size()));
    }

    /** Reads and checks only the header: the entries by key, nothing mapped. */
    public static Map<String, Entry> header(Path file) {
        return SafetensorsHeader.read(file).entries();
    }

    /** The entries in the header's order. */
    public Map<String, Entry> entries() {
        return header.entries();
    }

    /**
     * The entry of one key.
     *
     * @throws WeightsException when the file has no such key
     */
    public Entry entry(String key) {
        Entry entry = header.entries().get(key);
        if (entry == null) {
            throw new WeightsException(file + ": no tensor '" + key + "'");
        }
        return entry;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        header.entries()
                .forEach((key, e) -> tensors.put(key, new StoredTensor(e.dtype(), e.shape(), true, () -> tensor(key))));
        return tensors;
    }

    /** The text pairs under {@code __metadata__}. */
    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Path file() {
        return file;
    }

    /**
     * A tensor of the file in the file's dtype. It is a view of the mapping where the alignment allows, else a copy.
     *
     * @throws WeightsException when the file has no such key
     */
    public Tensor tensor(String key) {
        Entry e = entry(key);
        return Scopes.keep(() -> mapped.numbers(e.dtype(), e.begin(), e.end()).view(e.shape()));
    }

    @Override
    public void close() {
        mapped.close();
    }
}
