package kinema.attack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Changes to JSON that leave it JSON, mostly. */
final class Json {
    /** What no reader expects there, as it stands in the text. */
    private static final String[] VALUES = {
        "null",
        "true",
        "\"\"",
        "\"4\"",
        "\"\\u001b[2Jgone\"",
        "\"../../etc/passwd\"",
        "0",
        "-1",
        "1",
        "2",
        "3",
        "4.5",
        "1e308",
        "1e999",
        "-1e-400",
        "NaN",
        "100000",
        "2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1" + "0".repeat(400),
        "\"" + "long ".repeat(4000) + "\"",
        "[]",
        "{}",
        "[1, 2]",
        "[" + "-1,".repeat(40) + "-1]",
        "[".repeat(900) + "]".repeat(900)
    };

    private static final String HOLE = "@hole@";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    /** Changes a text's value or, now and then, its bytes. */
    static byte[] mutate(byte[] text, Random random) {
        if (random.nextInt(8) == 0) {
            return Bytes.mutate(text, random);
        }
        try {
            JsonNode root = MAPPER.readTree(text);
            return change(root, random).getBytes(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the attacked file must be JSON", e);
        }
    }

    /** All keys of a text, at any depth. */
    static Set<String> keys(byte[] text) throws IOException {
        Set<String> keys = new HashSet<>();
        List<JsonNode> containers = new ArrayList<>();
        collect(MAPPER.readTree(text), containers);
        containers.forEach(container -> container.fieldNames().forEachRemaining(keys::add));
        return keys;
    }

    private static String change(JsonNode root, Random random) throws JsonProcessingException {
        List<JsonNode> containers = new ArrayList<>();
        collect(root, containers);
        containers.removeIf(JsonNode::isEmpty);
        if (containers.isEmpty() || random.nextInt(40) == 0) {
            return value(random);
        }
        JsonNode container = containers.get(random.nextInt(containers.size()));
        String twice = "";
        if (container instanceof ObjectNode object) {
            List<String> keys = new ArrayList<>();
            object.fieldNames().forEachRemaining(keys::add);
            String key = keys.get(random.nextInt(keys.size()));
            switch (random.nextInt(6)) {
                case 0 -> object.remove(key);
                case 1 -> object.set(key + (random.nextBoolean() ? "x" : "\u001b[31m"), object.remove(key));
                case 2 -> {
                    twice = "\"" + key + "\":" + object.get(key) + ",";
                    object.put(key, HOLE);
                }
                default -> object.put(key, HOLE);
            }
        } else {
            ArrayNode array = (ArrayNode) container;
            if (random.nextInt(4) == 0) {
                array.remove(random.nextInt(array.size()));
            } else if (random.nextInt(4) == 0) {
                array.add(HOLE);
            } else {
                array.set(random.nextInt(array.size()), MAPPER.getNodeFactory().textNode(HOLE));
            }
        }
        String text = MAPPER.writeValueAsString(root);
        int hole = text.indexOf("\"" + HOLE + "\"");
        if (hole >= 0 && !twice.isEmpty()) {
            int key = text.lastIndexOf('"', text.lastIndexOf(':', hole) - 2);
            text = text.substring(0, key) + twice + text.substring(key);
        }
        return text.replace("\"" + HOLE + "\"", value(random));
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node instanceof ContainerNode<?>) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    private static String value(Random random) {
        return VALUES[random.nextInt(VALUES.length)];
    }
}
