package kinema.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import kinema.files.StrictJson;

/**
 * What a file's metadata says of its alpha: the change is scaled by alpha / rank, or alpha / √rank for rank-stabilised
 * LoRA.
 */
final class LoraAlpha {
    static final String KEY = "lora_adapter_metadata";

    private final Path file;
    private final JsonNode root;
    private final String network;

    private LoraAlpha(Path file, JsonNode root, String network) {
        this.file = file;
        this.root = root;
        this.network = network;
    }

    /**
     * Reads the metadata of a file; those without any are fine.
     *
     * @throws WeightsException when there is some and it is not JSON
     */
    static LoraAlpha read(Path file, Map<String, String> metadata, String network) {
        String json = metadata.get(KEY);
        if (json == null) {
            return new LoraAlpha(file, MissingNode.getInstance(), network);
        }
        try {
            return new LoraAlpha(file, StrictJson.parse(json), network);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": '" + KEY + "' is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * The alpha stated for a layer: its own, or that of all.
     *
     * @throws WeightsException when that is no finite number
     */
    OptionalDouble of(String layer) {
        for (Map.Entry<String, JsonNode> own : node("alpha_pattern").properties()) {
            if (layer.equals(own.getKey()) || layer.endsWith("." + own.getKey())) {
                return number("alpha_pattern." + own.getKey(), own.getValue());
            }
        }
        JsonNode all = node("lora_alpha");
        return all.isMissingNode() || all.isNull() ? OptionalDouble.empty() : number("lora_alpha", all);
    }

    /**
     * What alpha is divided by.
     *
     * @throws WeightsException when the metadata says neither yes nor no to rank-stabilised LoRA
     */
    double divisor(long rank) {
        JsonNode stabilised = node("use_rslora");
        if (!stabilised.isMissingNode() && !stabilised.isNull() && !stabilised.isBoolean()) {
            throw wrong("use_rslora", "true or false", stabilised);
        }
        return stabilised.booleanValue() ? Math.sqrt(rank) : rank;
    }

    private OptionalDouble number(String key, JsonNode value) {
        OptionalDouble number = StrictJson.number(value);
        if (number.isEmpty()) {
            throw wrong(key, "a finite number", value);
        }
        return number;
    }

    private WeightsException wrong(String key, String expected, JsonNode found) {
        return new WeightsException(
                file + ": '" + network + "." + key + "' of its metadata must be " + expected + ", found " + found);
    }

    private JsonNode node(String name) {
        return root.path(network + "." + name);
    }
}
