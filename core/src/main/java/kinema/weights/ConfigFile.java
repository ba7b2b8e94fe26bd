package kinema.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import kinema.files.FileFailure;
import kinema.files.StrictJson;

/**
 * A published {@code config.json}. A key that is absent or null takes the default that the published class has; a value
 * of the wrong kind, or beyond what any network has, is an error that names file and key.
 */
public final class ConfigFile {
    private interface Reader {
        JsonNode read(Path file) throws IOException;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final JsonNode root;

    private ConfigFile(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    /**
     * Reads a file that holds one JSON object.
     *
     * @throws WeightsException when it is missing or not such JSON
     */
    public static ConfigFile read(Path file) {
        return read(file, StrictJson::read);
    }

    /**
     * Reads a scheduler's file, in which {@link #leastOf} may be infinite.
     *
     * @throws WeightsException when it is missing or not one JSON object
     */
    public static ConfigFile readScheduler(Path file) {
        return read(file, StrictJson::readWithInfinities);
    }

    private static ConfigFile read(Path file, Reader reader) {
        try {
            JsonNode root = reader.read(file);
            if (!root.isObject()) {
                throw new WeightsException(file + ": must be a JSON object");
            }
            return new ConfigFile(file, root);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new WeightsException(
                    file + ": " + FileFailure.reading(file, e) + "; a checkpoint folder needs it", e);
        }
    }

    /**
     * A config that no file holds.
     *
     * @param file what messages name
     * @param values numbers, texts, flags, lists and maps by key
     */
    public static ConfigFile of(Path file, Map<String, ?> values) {
        return new ConfigFile(file, JSON.valueToTree(values));
    }

    /**
     * This config with other values for some of its keys.
     *
     * @throws IllegalArgumentException for a key that it has not
     */
    public ConfigFile with(Map<String, ?> values) {
        Map<String, Object> all = new LinkedHashMap<>();
        properties().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        values.forEach((key, value) -> {
            if (!all.containsKey(key)) {
                throw new IllegalArgumentException(file + " has no key '" + key + "', only " + all.keySet());
            }
            all.put(key, value);
        });
        return of(file, all);
    }

    /** The file this was read from. */
    public Path file() {
        return file;
    }

    /** All keys with the JSON below them, in the file's order. */
    public Set<Map.Entry<String, JsonNode>> properties() {
        return root.properties();
    }

    /** The JSON below a key; a missing node where the key is absent. */
    public JsonNode node(String key) {
        return root.path(key);
    }

    /**
     * What is made of this config's values.
     *
     * @param maker checks them as it does
     * @throws WeightsException naming this file, for values that cannot be together
     */
    public <T> T make(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new WeightsException(file + ": " + e.getMessage(), e);
        }
    }

    /** A whole number of 64 bits. */
    public long integer(String key, long absent) {
        JsonNode node = root.path(key);
        if (isAbsent(node)) {
            return absent;
        }
        OptionalLong whole = StrictJson.whole(node);
        if (whole.isEmpty()) {
            throw wrong(key, "a whole number", node);
        }
        return whole.getAsLong();
    }

    /** A number of things, from 1 to {@code most}, the largest that is believed. */
    public int count(String key, int absent, int most) {
        long value = integer(key, absent);
        if (value < 1 || value > most) {
            throw wrong(key, "a whole number from 1 to " + most, root.path(key));
        }
        return (int) value;
    }

    /** A number. */
    public double number(String key, double absent) {
        JsonNode node = root.path(key);
        if (isAbsent(node)) {
            return absent;
        }
        OptionalDouble number = StrictJson.number(node);
        if (number.isEmpty()) {
            throw wrong(key, "a finite number", node);
        }
        return number.getAsDouble();
    }

    /** A number that something must not be below; minus infinity, which Python writes too, where there is none. */
    public double leastOf(String key) {
        JsonNode node = root.path(key);
        boolean none = isAbsent(node) || (node.isNumber() && node.doubleValue() == Double.NEGATIVE_INFINITY);
        return none ? Double.NEGATIVE_INFINITY : number(key, 0);
    }

    /** True or false. */
    public boolean flag(String key, boolean absent) {
        JsonNode node = root.path(key);
        if (isAbsent(node)) {
            return absent;
        }
        if (!node.isBoolean()) {
            throw wrong(key, "true or false", node);
        }
        return node.asBoolean();
    }

    /**
     * Makes sure that a key has the only value that is known, as text.
     *
     * @param absent what it is where it is not said
     * @param others what has no other, such as {@code no published CogVideoX}
     * @throws WeightsException naming the key, both values, and {@code others}
     */
    public void require(String key, String absent, String needed, String others) {
        JsonNode node = root.path(key);
        String found = isAbsent(node) ? absent : node.asText();
        if (!found.equals(needed)) {
            throw new WeightsException(
                    file + ": '" + key + "' must be " + needed + ", found " + found + "; " + others + " has another");
        }
    }

    /** A text. */
    public String text(String key, String absent) {
        JsonNode node = root.path(key);
        if (isAbsent(node)) {
            return absent;
        }
        if (!node.isTextual()) {
            throw wrong(key, "a text", node);
        }
        return node.asText();
    }

    /** A list of whole numbers. */
    public List<Long> integers(String key, List<Long> absent) {
        JsonNode node = root.path(key);
        if (isAbsent(node)) {
            return absent;
        }
        if (!node.isArray()) {
            throw wrong(key, "a list of whole numbers", node);
        }
        List<Long> values = new ArrayList<>();
        for (JsonNode item : node) {
            values.add(StrictJson.whole(item).orElseThrow(() -> wrong(key, "a list of whole numbers", node)));
        }
        return values;
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private WeightsException wrong(String key, String expected, JsonNode found) {
        return new WeightsException(file + ": '" + key + "' must be " + expected + ", found " + found);
    }
}
