package kinema.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * JSON of files and answers that others wrote: one value, no key twice in an object, not nested deeper than any format here
 * needs, and numbers only where they are numbers of the right kind. What is refused here would elsewhere be taken for
 * something that was not meant.
 */
public final class StrictJson {
    private static final int MAX_FILE = 4 << 20; // bytes; the index of a sharded network has some hundred kilobytes
    private static final int MAX_DEPTH = 64;

    /** Where JSON is read piece by piece. */
    public static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();

    private static final ObjectMapper JSON = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final ObjectReader WITH_INFINITIES = JSON.reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

    private StrictJson() {}

    /**
     * Reads one JSON value.
     *
     * @throws JsonProcessingException when the text is none, or has a key twice
     */
    public static JsonNode parse(String text) throws JsonProcessingException {
        return JSON.readTree(text);
    }

    /**
     * Reads a file that holds one JSON value.
     *
     * @throws JsonProcessingException when it is not such JSON
     * @throws IOException when it is no file of text, cannot be read, or is larger than such files are
     */
    public static JsonNode read(Path file) throws IOException {
        return parse(SmallFile.text(file, MAX_FILE));
    }

    /**
     * As {@link #read}, where numbers may also be infinite, which Python writes and JSON does not have.
     *
     * @throws JsonProcessingException when it is not such JSON
     * @throws IOException as {@link #read}
     */
    public static JsonNode readWithInfinities(Path file) throws IOException {
        return WITH_INFINITIES.readTree(SmallFile.text(file, MAX_FILE));
    }

    /** A whole number of 64 bits; empty for anything else, also for a text or a fraction that looks like one. */
    public static OptionalLong whole(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong()
                ? OptionalLong.of(node.longValue())
                : OptionalLong.empty();
    }

    /** A finite number; empty for anything else. */
    public static OptionalDouble number(JsonNode node) {
        return node.isNumber() && Double.isFinite(node.doubleValue())
                ? OptionalDouble.of(node.doubleValue())
                : OptionalDouble.empty();
    }
}
