package kinema.cogvideo.network;

import java.util.LinkedHashMap;
import java.util.Map;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The sizes of a text-to-image model, as {@code model_config.json} has them.
 *
 * @param layers sandwich layers
 * @param width of a token, D
 * @param heads attention heads, A
 * @param inner width inside the feed-forward map
 * @param vocabulary rows of the word table: image tokens first, then text
 * @param imageTokens codes of the image autoencoder, which the head tells apart
 * @param positions rows of the position table
 */
public record BaseConfig(
        long layers, long width, long heads, long inner, long vocabulary, long imageTokens, long positions) {
    /** The position of the token that starts an image. */
    public static final long IMAGE_POSITION = 512;

    /** CogLM of CogView2, which every part of CogVideo is built on: 5.9 billion parameters. */
    public static final BaseConfig PUBLISHED = new BaseConfig(48, 3072, 48, 12288, 150010, 20000, 1024);

    private static final long EXPANSION = 4;
    private static final String ORDER = "sandwich";

    /** Checks what the network needs. */
    public BaseConfig {
        atLeastOne("num_layers", layers);
        atLeastOne("num_attention_heads", heads);
        atLeastOne("hidden_size", width);
        atLeastOne("inner_hidden_size", inner);
        if (width % heads != 0) {
            throw new IllegalArgumentException(
                    "hidden_size must be a multiple of num_attention_heads, found " + width + " and " + heads);
        }
        if (imageTokens < 1 || vocabulary <= imageTokens) {
            throw new IllegalArgumentException("vocab_size must be above the image tokens, found " + vocabulary
                    + " for " + imageTokens + " image tokens");
        }
        if (positions <= IMAGE_POSITION) {
            throw new IllegalArgumentException("max_sequence_length must be above " + IMAGE_POSITION
                    + ", where the positions of an image start, found " + positions);
        }
    }

    /**
     * Reads the authors' {@code model_config.json}, or one of this project's, which also says {@code image_tokens}.
     *
     * @throws WeightsException for a value of the wrong kind, or a setting this network does not have
     */
    public static BaseConfig of(ConfigFile c) {
        String order = c.text("layernorm_order", ORDER);
        if (!order.equals(ORDER)) {
            throw new WeightsException(c.file() + ": 'layernorm_order' must be " + ORDER + ", found " + order
                    + "; no CogVideo has another");
        }
        long width = c.integer("hidden_size", PUBLISHED.width);
        long heads = c.integer("num_attention_heads", PUBLISHED.heads);
        long headDim = c.integer("hidden_size_per_attention_head", width / Math.max(1, heads));
        if (headDim * heads != width) {
            throw new WeightsException(c.file() + ": 'hidden_size_per_attention_head' must be hidden_size /"
                    + " num_attention_heads, found " + headDim);
        }
        try {
            return new BaseConfig(
                    c.integer("num_layers", PUBLISHED.layers),
                    width,
                    heads,
                    c.integer("inner_hidden_size", EXPANSION * width),
                    c.integer("vocab_size", PUBLISHED.vocabulary),
                    c.integer("image_tokens", PUBLISHED.imageTokens),
                    c.integer("max_sequence_length", PUBLISHED.positions));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(c.file() + ": " + e.getMessage(), e);
        }
    }

    /** The same code path in miniature, for tests: three layers of width 32. */
    public static BaseConfig tiny() {
        return new BaseConfig(3, 32, 4, 128, 110, 64, 544);
    }

    /** The same with another number of layers. */
    public BaseConfig withLayers(long count) {
        return new BaseConfig(count, width, heads, inner, vocabulary, imageTokens, positions);
    }

    /** Width of a head, K. */
    public long headDim() {
        return width / heads;
    }

    /** The keys and values of {@code model_config.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("num_layers", layers);
        map.put("hidden_size", width);
        map.put("num_attention_heads", heads);
        map.put("inner_hidden_size", inner);
        map.put("vocab_size", vocabulary);
        map.put("image_tokens", imageTokens);
        map.put("max_sequence_length", positions);
        map.put("layernorm_order", ORDER);
        return map;
    }

    private static void atLeastOne(String key, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(key + " must be at least 1, found " + value);
        }
    }
}
