package kinema.text;

import java.util.List;
import kinema.weights.Bounds;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The shape of a T5 v1.1 encoder, as in a published {@code text_encoder/config.json}.
 *
 * @param vocabulary rows of the embedding table; may be more than the tokenizer has ids
 * @param width C, width of the states
 * @param headWidth K, width of one attention head
 * @param heads H
 * @param hidden width of the feed-forward network
 * @param layers number of blocks
 * @param buckets of relative distances, both directions together
 * @param maxDistance distances from here on share the last bucket
 * @param eps of the norms
 */
public record T5Config(
        long vocabulary,
        long width,
        long headWidth,
        long heads,
        long hidden,
        int layers,
        int buckets,
        int maxDistance,
        double eps) {
    private static final int MAX_VOCABULARY = 10_000_000;
    private static final int MAX_HEADS = 10_000;
    private static final int MAX_DISTANCE = 1_000_000;
    private static final List<String> FEED_FORWARDS = List.of("gated-gelu");

    /** Checks the sizes. */
    public T5Config {
        Bounds.check("vocab_size", vocabulary, 1, MAX_VOCABULARY);
        Bounds.check("d_model", width, 1, Bounds.WIDTH);
        Bounds.check("d_kv", headWidth, 1, MAX_HEADS);
        Bounds.check("num_heads", heads, 1, MAX_HEADS);
        Bounds.check("d_ff", hidden, 1, Bounds.WIDTH);
        Bounds.check("num_layers", layers, 1, Bounds.LAYERS);
        Bounds.check("relative_attention_num_buckets", buckets, 1, MAX_DISTANCE);
        Bounds.check("relative_attention_max_distance", maxDistance, 1, MAX_DISTANCE);
        if (buckets < 4 || buckets % 4 != 0) {
            throw new IllegalArgumentException(
                    "T5's relative_attention_num_buckets must be a multiple of 4, found " + buckets);
        }
        if (maxDistance <= buckets / 4) {
            throw new IllegalArgumentException("T5's relative_attention_max_distance must be over " + buckets / 4
                    + " (a quarter of the buckets), found " + maxDistance);
        }
        if (!(eps > 0)) {
            throw new IllegalArgumentException("T5's layer_norm_epsilon must be positive, found " + eps);
        }
    }

    /**
     * Reads {@code text_encoder/config.json}; absent keys take the published class's defaults.
     *
     * @throws kinema.weights.WeightsException for a feed-forward network of another kind, or sizes that cannot be
     */
    public static T5Config read(ConfigFile file) {
        String feedForward = file.text("feed_forward_proj", "relu");
        if (!FEED_FORWARDS.contains(feedForward)) {
            throw new WeightsException(file.file() + ": unknown feed_forward_proj '" + feedForward + "'; known: "
                    + String.join(", ", FEED_FORWARDS) + " (T5 v1.1)");
        }
        return file.make(() -> new T5Config(
                file.integer("vocab_size", 32_128),
                file.integer("d_model", 512),
                file.integer("d_kv", 64),
                file.integer("num_heads", 8),
                file.integer("d_ff", 2048),
                file.count("num_layers", 6, Bounds.LAYERS),
                file.count("relative_attention_num_buckets", 32, MAX_DISTANCE),
                file.count("relative_attention_max_distance", 128, MAX_DISTANCE),
                file.number("layer_norm_epsilon", 1e-6)));
    }

    /** The same with another number of blocks. */
    public T5Config withLayers(int other) {
        return new T5Config(vocabulary, width, headWidth, heads, hidden, other, buckets, maxDistance, eps);
    }
}
