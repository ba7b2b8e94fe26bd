package kinema.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One safetensors file, memory-mapped: its tensors are views of the mapped bytes and cost no memory until they are read.
 *
 * <p>The header is checked whole before anything is mapped, so a damaged file ends in a {@link WeightsException}, not in
 * a fault of the JVM. Reading is thread-safe; close when no tensor of the file is in use any more.
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index">the format</a>
 */
public final class Safetensors implements AutoCloseable {
    private static final long MAX_HEADER = 100_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One entry of the header; offsets count from the start of the file. */
    public record Entry(String key, ScalarType dtype, long[] shape, long begin, long end) {}

    private final Path file;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;
    private final Tensor bytes; // (file size) uint8, mapped

    private Safetensors(Path file, Map<String, Entry> entries, Map<String, String> metadata, Tensor bytes) {
        this.file = file;
        this.entries = entries;
        this.metadata = metadata;
        this.bytes = bytes;
    }

    /**
     * Opens and checks a file.
     *
     * @throws WeightsException for a missing, truncated or damaged file, with what is wrong and where
     */
    public static Safetensors open(Path file) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = new LinkedHashMap<>();
        long size = readHeader(file, entries, metadata);
        Tensor bytes = Scopes.run(() -> Scopes.own(torch.from_file(
                file.toString(), new BoolOptional(false), new LongOptional(size), Dtypes.options(ScalarType.Byte))));
        return new Safetensors(file, entries, metadata, bytes);
    }

    /** Reads and checks only the header: the entries by key, nothing mapped. */
    public static Map<String, Entry> header(Path file) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        readHeader(file, entries, new LinkedHashMap<>());
        return entries;
    }

    /** The entries in the header's order. */
    public Map<String, Entry> entries() {
        return entries;
    }

    /**
     * The entry of one key.
     *
     * @throws WeightsException when the file has no such key
     */
    public Entry entry(String key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            throw new WeightsException(file + ": no tensor '" + key + "'");
        }
        return entry;
    }

    /** The text pairs under {@code __metadata__}. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The file this was opened from. */
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
        return Scopes.keep(() -> {
            if (e.begin() == e.end()) {
                return torch.empty(e.shape(), Dtypes.options(e.dtype()), null);
            }
            Tensor raw = bytes.narrow(0, e.begin(), e.end() - e.begin());
            if (e.begin() % Dtypes.bytes(e.dtype()) != 0) {
                raw = raw.clone();
            }
            return raw.view(e.dtype()).view(e.shape());
        });
    }

    @Override
    public void close() {
        Scopes.free(bytes);
    }

    private static long readHeader(Path file, Map<String, Entry> entries, Map<String, String> metadata) {
        try (SeekableByteChannel in = Files.newByteChannel(file)) {
            long size = in.size();
            long length =
                    size < 8 ? -1 : read(in, 8).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (length < 0) {
                throw new WeightsException(file + ": not a safetensors file (" + size
                        + " bytes; it must start with an 8-byte header length); download it again");
            }
            if (length > MAX_HEADER || length > size - 8) {
                throw new WeightsException(file + ": header length " + length + " at byte 0 goes beyond the file's "
                        + size + " bytes; the file is cut off or is not safetensors");
            }
            String json = new String(read(in, (int) length).array(), StandardCharsets.UTF_8);
            parse(file, json, 8 + length, size, entries, metadata);
            return size;
        } catch (IOException e) {
            throw new WeightsException(file + ": cannot be read: " + e, e);
        }
    }

    private static ByteBuffer read(SeekableByteChannel in, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private static void parse(
            Path file, String json, long start, long size, Map<String, Entry> entries, Map<String, String> metadata) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new WeightsException(file + ": the header must be a JSON object");
        }
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals("__metadata__")) {
                field.getValue()
                        .properties()
                        .forEach(p -> metadata.put(p.getKey(), p.getValue().asText()));
            } else {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), start, size));
            }
        }
        checkOverlap(file, entries);
    }

    private static Entry entry(Path file, String key, JsonNode node, long start, long size) {
        String where = file + ": '" + key + "': ";
        ScalarType dtype;
        try {
            dtype = Dtypes.parse(node.path("dtype").asText());
        } catch (IllegalArgumentException e) {
            throw new WeightsException(where + e.getMessage(), e);
        }
        JsonNode dims = node.path("shape");
        JsonNode offsets = node.path("data_offsets");
        if (!dims.isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw new WeightsException(where + "shape and data_offsets (begin, end) must be arrays");
        }
        long[] shape = new long[dims.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dims.get(i).asLong(-1);
            if (shape[i] < 0) {
                throw new WeightsException(where + "shape has a size that is not a number from 0: " + dims.get(i));
            }
        }
        long begin = offsets.get(0).asLong(-1);
        long end = offsets.get(1).asLong(-1);
        if (begin < 0 || end < begin || end > size - start) {
            throw new WeightsException(where + "data_offsets [" + begin + ", " + end + "] lie outside the file's "
                    + (size - start) + " bytes of data; the file is cut off or damaged, download it again");
        }
        if (end - begin != bytes(where, shape, dtype)) {
            throw new WeightsException(where + Dtypes.name(dtype) + " of shape " + Shapes.text(shape) + " needs "
                    + bytes(where, shape, dtype) + " bytes, data_offsets give " + (end - begin));
        }
        return new Entry(key, dtype, shape, start + begin, start + end);
    }

    private static long bytes(String where, long[] shape, ScalarType dtype) {
        try {
            return Math.multiplyExact(Shapes.count(shape), Dtypes.bytes(dtype));
        } catch (ArithmeticException e) {
            throw new WeightsException(where + "shape " + Shapes.text(shape) + " is too large", e);
        }
    }

    private static void checkOverlap(Path file, Map<String, Entry> entries) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        for (int i = 1; i < sorted.size(); i++) {
            Entry a = sorted.get(i - 1);
            Entry b = sorted.get(i);
            if (b.begin() < a.end()) {
                throw new WeightsException(file + ": '" + a.key() + "' and '" + b.key() + "' overlap at byte "
                        + b.begin() + "; the file is damaged, download it again");
            }
        }
    }
}
