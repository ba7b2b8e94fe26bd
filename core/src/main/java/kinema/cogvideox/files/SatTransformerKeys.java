package kinema.cogvideox.files;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.weights.StoredTensor;
import kinema.weights.WeightsException;

/**
 * From the transformer's names in the authors' training code (SAT) to the published ones. Query, key and value are one
 * tensor there, and so are the modulations of both norms of a block.
 */
final class SatTransformerKeys {
    static final String LEARNED = "patch_embed.pos_embedding";

    private static final String PREFIX = "model.diffusion_model.";
    private static final int MODULATIONS = 12; // of norm1 3, of norm2 3 for the video, then as many for the text
    private static final int VECTORS = 3; // shift, scale, gate
    private static final Pattern LAYER = Pattern.compile("transformer\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");
    private static final Pattern MIXIN = Pattern.compile(
            "mixins\\.adaln_layer\\.(adaLN_modulations|query_layernorm_list|key_layernorm_list)\\.(\\d+)(?:\\.1)?\\.(weight|bias)");

    private static final Map<String, String> IN_LAYER = Map.of(
            "attention.dense", "attn1.to_out.0",
            "mlp.dense_h_to_4h", "ff.net.0.proj",
            "mlp.dense_4h_to_h", "ff.net.2",
            "input_layernorm", "norm1.norm",
            "post_attention_layernorm", "norm2.norm");

    private static final Map<String, String> BEGINNINGS = Map.of(
            "time_embed.0.", "time_embedding.linear_1.",
            "time_embed.2.", "time_embedding.linear_2.",
            "ofs_embed.0.", "ofs_embedding.linear_1.",
            "ofs_embed.2.", "ofs_embedding.linear_2.",
            "mixins.patch_embed.", "patch_embed.",
            "mixins.pos_embed.pos_embedding", LEARNED,
            "mixins.final_layer.norm_final.", "norm_out.norm.",
            "mixins.final_layer.linear.", "proj_out.",
            "mixins.final_layer.adaLN_modulation.1.", "norm_out.linear.",
            "transformer.final_layernorm.", "norm_final.");

    /** Tables that are computed anew, and tables for words that this model never reads. */
    private static final List<String> DROPPED =
            List.of("freqs_sin", "freqs_cos", "position_embeddings", "word_embeddings", "embed_tokens");

    /** Other networks that a training state may hold. */
    private static final List<String> OTHER_NETWORKS = List.of("first_stage_model.", "conditioner.");

    private final Map<String, StoredTensor> published = new LinkedHashMap<>();

    private SatTransformerKeys() {}

    /**
     * The tensors by published key; a key that is not known keeps its name.
     *
     * @throws WeightsException when a fused tensor cannot be cut into its parts
     */
    static Map<String, StoredTensor> published(Map<String, StoredTensor> authors) {
        SatTransformerKeys keys = new SatTransformerKeys();
        authors.forEach((key, tensor) -> {
            try {
                keys.add(key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key, tensor);
            } catch (IllegalArgumentException e) {
                throw new WeightsException("'" + key + "': " + e.getMessage(), e);
            }
        });
        return keys.published;
    }

    private void add(String key, StoredTensor tensor) {
        if (DROPPED.stream().anyMatch(key::contains) || OTHER_NETWORKS.stream().anyMatch(key::startsWith)) {
            return;
        }
        Matcher layer = LAYER.matcher(key);
        Matcher mixin = MIXIN.matcher(key);
        if (layer.matches()) {
            addOfLayer("transformer_blocks." + layer.group(1) + ".", layer.group(2), "." + layer.group(3), tensor);
        } else if (mixin.matches()) {
            addOfMixin("transformer_blocks." + mixin.group(2) + ".", mixin.group(1), "." + mixin.group(3), tensor);
        } else {
            published.put(renamed(key), tensor);
        }
    }

    private void addOfLayer(String block, String name, String kind, StoredTensor tensor) {
        if (name.equals("attention.query_key_value")) {
            published.put(block + "attn1.to_q" + kind, tensor.part(0, 3));
            published.put(block + "attn1.to_k" + kind, tensor.part(1, 3));
            published.put(block + "attn1.to_v" + kind, tensor.part(2, 3));
        } else {
            published.put(block + IN_LAYER.getOrDefault(name, name) + kind, tensor);
        }
    }

    private void addOfMixin(String block, String name, String kind, StoredTensor tensor) {
        switch (name) {
            case "query_layernorm_list" -> published.put(block + "attn1.norm_q" + kind, tensor);
            case "key_layernorm_list" -> published.put(block + "attn1.norm_k" + kind, tensor);
            default -> {
                published.put(block + "norm1.linear" + kind, modulation(tensor, 0));
                published.put(block + "norm2.linear" + kind, modulation(tensor, 1));
            }
        }
    }

    /** The modulation of one norm: of the video, then of the text. Each half of the fused tensor has both norms. */
    private static StoredTensor modulation(StoredTensor fused, int norm) {
        int groups = MODULATIONS / VECTORS;
        return StoredTensor.stacked(List.of(fused.part(norm, groups), fused.part(norm + 2, groups)));
    }

    private static String renamed(String key) {
        return BEGINNINGS.entrySet().stream()
                .filter(beginning -> key.startsWith(beginning.getKey()))
                .findFirst()
                .map(beginning ->
                        beginning.getValue() + key.substring(beginning.getKey().length()))
                .orElse(key);
    }
}
