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
import kinema.tensor.Shapes;
import kinema.weights.Safetensors.Entry;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The checked header of a safetensors file.
 *
 * @param size bytes of the whole file
 * @param entries the tensors by key, in the header's order
 * @param metadata the text pairs under {@code __metadata__}
 */
record SafetensorsHeader(long size, Map<String, Entry> entries, Map<String, String> metadata) {
    private static final long MAX_HEADER = 100_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads and checks a file's header.
     *
     * @throws WeightsException for a missing, truncated or damaged file, with what is wrong and where
     */
    static SafetensorsHeader read(Path file) {
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
            SafetensorsHeader header = new SafetensorsHeader(size, new LinkedHashMap<>(), new LinkedHashMap<>());
            header.fill(file, object(file, json), 8 + length);
            header.checkOverlap(file);
            return header;
        } catch (IOException e) {
            throw WeightsException.unreadable(file, e);
        }
    }

    private static ByteBuffer read(SeekableByteChannel in, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining() && in.read(buffer) >= 0) {}
        return buffer.flip();
    }

    private static JsonNode object(Path file, String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": the header is not JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new WeightsException(file + ": the header must be a JSON object");
        }
        return root;
    }

    private void fill(Path file, JsonNode root, long start) {
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            if (field.getKey().equals("__metadata__")) {
                field.getValue()
                        .properties()
                        .forEach(p -> metadata.put(p.getKey(), p.getValue().asText()));
            } else {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), start, size));
            }
        }
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

    private void checkOverlap(Path file) {
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
