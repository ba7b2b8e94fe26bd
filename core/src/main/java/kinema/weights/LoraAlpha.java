package kinema.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What a file's metadata says of its alpha: the change is scaled by alpha / rank, or alpha / √rank for rank-stabilised
 * LoRA.
 */
final class LoraAlpha {
    private static final String KEY = "lora_adapter_metadata";

    private final JsonNode root;
    private final String network;

    private LoraAlpha(JsonNode root, String network) {
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
            return new LoraAlpha(MissingNode.getInstance(), network);
        }
        try {
            return new LoraAlpha(new ObjectMapper().readTree(json), network);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": '" + KEY + "' is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The alpha stated for a layer: its own, or that of all. */
    OptionalDouble of(String layer) {
        for (Map.Entry<String, JsonNode> own : node("alpha_pattern").properties()) {
            if (layer.equals(own.getKey()) || layer.endsWith("." + own.getKey())) {
                return OptionalDouble.of(own.getValue().asDouble());
            }
        }
        JsonNode all = node("lora_alpha");
        return all.isNumber() ? OptionalDouble.of(all.asDouble()) : OptionalDouble.empty();
    }

    /** What alpha is divided by. */
    double divisor(long rank) {
        return node("use_rslora").asBoolean() ? Math.sqrt(rank) : rank;
    }

    private JsonNode node(String name) {
        return root.path(network + "." + name);
    }
}
