package kinema.text;

import kinema.weights.Bounds;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The shape of CLIP's text encoder, as in a published {@code text_encoder/config.json}.
 *
 * @param vocabulary rows of the embedding table
 * @param width C, width of the states
 * @param heads H
 * @param hidden width of the feed-forward network
 * @param layers number of layers
 * @param positions the most tokens a text can have
 * @param eps of the norms
 */
public record ClipConfig(long vocabulary, long width, long heads, long hidden, int layers, long positions, double eps) {
    /** The text half of OpenCLIP's ViT-H/14 less its last layer, as latent diffusion models of 2022 and 2023 have it. */
    public static final ClipConfig VIT_H = new ClipConfig(49_408, 1024, 16, 4096, 23, 77, 1e-5);

    private static final int MAX_VOCABULARY = 10_000_000;

    /** Checks the sizes. */
    public ClipConfig {
        Bounds.check("vocab_size", vocabulary, 1, MAX_VOCABULARY);
        Bounds.check("hidden_size", width, 1, Bounds.WIDTH);
        Bounds.check("num_attention_heads", heads, 1, Bounds.WIDTH);
        Bounds.check("intermediate_size", hidden, 1, Bounds.WIDTH);
        Bounds.check("num_hidden_layers", layers, 1, Bounds.LAYERS);
        Bounds.check("max_position_embeddings", positions, 1, Bounds.WIDTH);
        if (width % heads != 0) {
            throw new IllegalArgumentException(
                    "CLIP's num_attention_heads must divide its hidden_size, found " + heads + " and " + width);
        }
        if (!(eps > 0)) {
            throw new IllegalArgumentException("CLIP's layer_norm_eps must be positive, found " + eps);
        }
    }

    /**
     * Reads {@code text_encoder/config.json}; absent keys take the published class's defaults.
     *
     * @throws WeightsException for an activation of another kind, or sizes that cannot be
     */
    public static ClipConfig read(ConfigFile file) {
        String activation = file.text("hidden_act", "quick_gelu");
        if (!activation.equals("gelu")) {
            throw new WeightsException(
                    file.file() + ": unknown hidden_act '" + activation + "'; known: gelu (OpenCLIP)");
        }
        return file.make(() -> new ClipConfig(
                file.integer("vocab_size", 49_408),
                file.integer("hidden_size", 512),
                file.integer("num_attention_heads", 8),
                file.integer("intermediate_size", 2048),
                file.count("num_hidden_layers", 12, Bounds.LAYERS),
                file.integer("max_position_embeddings", 77),
                file.number("layer_norm_eps", 1e-5)));
    }
}
