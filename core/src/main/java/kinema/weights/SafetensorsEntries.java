package kinema.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import kinema.tensor.Dtypes;
import kinema.tensor.Shapes;
import kinema.weights.Safetensors.Entry;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Reads the JSON of a safetensors header token by token, so that a header takes no more memory than what it says. */
final class SafetensorsEntries {
    private static final int MAX_TENSORS = 100_000;
    private static final int MAX_RANK = 16;
    private static final String METADATA = "__metadata__";

    private final Path file;
    private final JsonParser json;
    private final long start; // of the data, in the file
    private final long bytes; // of data
    private String key = "";

    SafetensorsEntries(Path file, JsonParser json, long start, long bytes) {
        this.file = file;
        this.json = json;
        this.start = start;
        this.bytes = bytes;
    }

    /**
     * Reads the whole header.
     *
     * @throws WeightsException for what a header cannot say, by key
     * @throws IOException for what is not JSON
     */
    void into(Map<String, Entry> entries, Map<String, String> metadata) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new WeightsException(file + ": the header must be a JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            key = json.currentName();
            json.nextToken();
            if (key.equals(METADATA)) {
                readMetadata(metadata);
            } else if (entries.size() < MAX_TENSORS) {
                entries.put(key, entry());
            } else {
                throw new WeightsException(file + ": more than " + MAX_TENSORS
                        + " tensors, which no network has; the file is made to do harm");
            }
        }
        if (json.nextToken() != null) {
            throw new WeightsException(file + ": the header goes on after its end; the file is damaged");
        }
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "must be an object of texts");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            require(json.nextToken() == JsonToken.VALUE_STRING, "must hold texts only; '" + name + "' is none");
            metadata.put(name, json.getText());
        }
    }

    private Entry entry() throws IOException {
        require(json.currentToken() == JsonToken.START_OBJECT, "must be an object of dtype, shape and data_offsets");
        ScalarType dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "dtype" -> dtype = dtype();
                case "shape" -> shape = numbers("shape", MAX_RANK);
                case "data_offsets" -> offsets = numbers("data_offsets", 2);
                default -> json.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw damaged("dtype must be a text, shape and data_offsets (begin, end) must be arrays");
        }
        return entry(dtype, shape, offsets[0], offsets[1]);
    }

    private Entry entry(ScalarType dtype, long[] shape, long begin, long end) {
        if (end < begin || end > bytes) {
            throw damaged("data_offsets [" + begin + ", " + end + "] lie outside the file's " + bytes
                    + " bytes of data; the file is cut off or damaged, download it again");
        }
        long needed = needed(shape, dtype);
        if (end - begin != needed) {
            throw damaged(Dtypes.name(dtype) + " of shape " + Shapes.text(shape) + " needs " + needed
                    + " bytes, data_offsets give " + (end - begin));
        }
        return new Entry(key, dtype, shape, start + begin, start + end);
    }

    private @Nullable ScalarType dtype() throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            return null;
        }
        try {
            return Dtypes.parse(json.getText());
        } catch (IllegalArgumentException e) {
            throw damaged(e.getMessage());
        }
    }

    /** An array of at most {@code most} whole numbers from 0; null for anything that is no array. */
    private long @Nullable [] numbers(String name, int most) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            json.skipChildren();
            return null;
        }
        long[] numbers = new long[most];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(count < most, name + " has more than " + most + " numbers");
            numbers[count++] = number(name);
        }
        return Arrays.copyOf(numbers, count);
    }

    private long number(String name) throws IOException {
        boolean whole =
                json.currentToken() == JsonToken.VALUE_NUMBER_INT && json.getNumberType() != NumberType.BIG_INTEGER;
        if (!whole || json.getLongValue() < 0) {
            throw damaged(name + " holds what is no whole number from 0 to 2^63 - 1: " + json.getText());
        }
        return json.getLongValue();
    }

    private long needed(long[] shape, ScalarType dtype) {
        try {
            return Math.multiplyExact(Shapes.count(shape), Dtypes.bytes(dtype));
        } catch (ArithmeticException e) {
            throw damaged("shape " + Shapes.text(shape) + " is too large");
        }
    }

    private void require(boolean condition, String otherwise) {
        if (!condition) {
            throw damaged(otherwise);
        }
    }

    private WeightsException damaged(@Nullable String what) {
        return new WeightsException(file + ": '" + key + "': " + what);
    }
}
