package kinema.text;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    private static final String FEED_FORWARD = "gated-gelu";
    private static final Path FILE = Path.of("text_encoder", "config.json");

    /** The encoder of T5 v1.1 XXL. */
    public static final T5Config XXL =
            values(ConfigFile.of(FILE, Map.of("d_model", 4096, "num_heads", 64, "d_ff", 10_240, "num_layers", 24)));

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
        if (!feedForward.equals(FEED_FORWARD)) {
            throw new WeightsException(file.file() + ": unknown feed_forward_proj '" + feedForward + "'; known: "
                    + FEED_FORWARD + " (T5 v1.1)");
        }
        return file.make(() -> values(file));
    }

    private static T5Config values(ConfigFile file) {
        return new T5Config(
                file.integer("vocab_size", 32_128),
                file.integer("d_model", 512),
                file.integer("d_kv", 64),
                file.integer("num_heads", 8),
                file.integer("d_ff", 2048),
                file.count("num_layers", 6, Bounds.LAYERS),
                file.count("relative_attention_num_buckets", 32, MAX_DISTANCE),
                file.count("relative_attention_max_distance", 128, MAX_DISTANCE),
                file.number("layer_norm_epsilon", 1e-6));
    }

    /** The same with another number of blocks. */
    public T5Config withLayers(int other) {
        return with(Map.of("num_layers", other));
    }

    /**
     * The same with other values for some keys of {@code config.json}.
     *
     * @throws IllegalArgumentException for other keys, and values that cannot be
     */
    public T5Config with(Map<String, ?> values) {
        return values(ConfigFile.of(FILE, toMap()).with(values));
    }

    /** The keys and values of {@code config.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("architectures", List.of("T5EncoderModel"));
        map.put("vocab_size", vocabulary);
        map.put("d_model", width);
        map.put("d_kv", headWidth);
        map.put("num_heads", heads);
        map.put("d_ff", hidden);
        map.put("num_layers", layers);
        map.put("relative_attention_num_buckets", buckets);
        map.put("relative_attention_max_distance", maxDistance);
        map.put("layer_norm_epsilon", eps);
        map.put("feed_forward_proj", FEED_FORWARD);
        return map;
    }
}
