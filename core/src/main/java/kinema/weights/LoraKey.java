package kinema.weights;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a tensor of a LoRA file is for.
 *
 * @param layer the layer that is changed, without the network's name
 * @param role its part in the change
 */
record LoraKey(String layer, Role role) {
    /** The factors A (rank, in) and B (out, rank) of the change B·A, its alpha, and the magnitudes of DoRA. */
    enum Role {
        DOWN,
        UP,
        ALPHA,
        MAGNITUDE
    }

    /** The ends of keys, by those who write them: PEFT, diffusers before it, and the sd-scripts. */
    private static final Map<String, Role> ENDINGS = Map.ofEntries(
            Map.entry(".lora_A.weight", Role.DOWN),
            Map.entry(".lora_B.weight", Role.UP),
            Map.entry(".lora_A.default.weight", Role.DOWN),
            Map.entry(".lora_B.default.weight", Role.UP),
            Map.entry(".lora.down.weight", Role.DOWN),
            Map.entry(".lora.up.weight", Role.UP),
            Map.entry("_lora.down.weight", Role.DOWN),
            Map.entry("_lora.up.weight", Role.UP),
            Map.entry(".lora_linear_layer.down.weight", Role.DOWN),
            Map.entry(".lora_linear_layer.up.weight", Role.UP),
            Map.entry(".lora_down.weight", Role.DOWN),
            Map.entry(".lora_up.weight", Role.UP),
            Map.entry(".alpha", Role.ALPHA),
            Map.entry(".dora_scale", Role.MAGNITUDE),
            Map.entry(".lora_magnitude_vector", Role.MAGNITUDE),
            Map.entry(".lora_magnitude_vector.weight", Role.MAGNITUDE));

    private static final List<String> BEGINNINGS = List.of("base_model.model.", "lora_unet_", "lora_transformer_");

    /** Reads a key; empty when it is not one of a LoRA's for {@code network}. */
    static Optional<LoraKey> parse(String key, String network) {
        return ENDINGS.entrySet().stream()
                .filter(ending -> key.endsWith(ending.getKey()))
                .findFirst()
                .map(ending -> new LoraKey(
                        layer(key.substring(0, key.length() - ending.getKey().length()), network), ending.getValue()));
    }

    private static String layer(String stem, String network) {
        String layer = stem;
        for (String beginning : BEGINNINGS) {
            layer = without(beginning, layer);
        }
        layer = without(network + ".", layer);
        if (layer.contains(".processor.")) { // diffusers once kept a LoRA in the attention's processor
            layer = layer.replace(".processor.", ".");
            return layer.endsWith(".to_out") ? layer + ".0" : layer;
        }
        return layer;
    }

    private static String without(String beginning, String text) {
        return text.startsWith(beginning) ? text.substring(beginning.length()) : text;
    }
}
