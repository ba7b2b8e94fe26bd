package kinema.cogvideox.transformer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.weights.Bounds;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * What {@code transformer/config.json} says ({@code CogVideoXTransformer3DModel}). Where JSON has null for "none" this
 * has 0.
 *
 * @param heads attention heads
 * @param headDim width of a head, K
 * @param layers expert blocks
 * @param inChannels channels of the latents, with the condition's where there is one
 * @param outChannels channels of the prediction
 * @param textEmbedDim width of the text states
 * @param timeEmbedDim width of the modulation's input
 * @param ofsEmbedDim width of the offset embedding of 1.5's image-to-video model; 0 for none
 * @param maxTextLength text tokens
 * @param patchSize rows and columns of a patch
 * @param patchFrames latent frames of a patch in the 1.5 models; 0 for the 1.0 models, whose patches have one frame
 * @param sampleWidth latent columns the model was made for
 * @param sampleHeight latent rows the model was made for
 * @param sampleFrames frames of video the model was made for
 * @param temporalCompression frames of video per latent frame
 * @param spatialScale what row and column numbers are divided by for sincos positions
 * @param temporalScale what frame numbers are divided by for sincos positions
 * @param normEps of the layer norms over the width
 * @param rotary whether queries and keys are rotated; if not, sincos positions are added to the tokens
 * @param learned whether a learned table is added to the tokens as well
 */
public record TransformerConfig(
        long heads,
        long headDim,
        long layers,
        long inChannels,
        long outChannels,
        long textEmbedDim,
        long timeEmbedDim,
        long ofsEmbedDim,
        long maxTextLength,
        long patchSize,
        long patchFrames,
        long sampleWidth,
        long sampleHeight,
        long sampleFrames,
        long temporalCompression,
        double spatialScale,
        double temporalScale,
        double normEps,
        boolean rotary,
        boolean learned) {

    private static final int MAX_HEADS = 10_000;
    private static final int MAX_HEAD = 10_000;
    private static final int MAX_TEXT = 4096; // the text encoder's memory grows with its square
    private static final int MAX_PATCH = 64;
    private static final int MAX_SAMPLE = 100_000;

    private static final Path FILE = Path.of("transformer", "config.json");

    /** Settings of the published class that no checkpoint changes and this network has built in. */
    private static final Map<String, Object> BUILT_IN = Map.of(
            "activation_fn",
            "gelu-approximate",
            "attention_bias",
            true,
            "flip_sin_to_cos",
            true,
            "freq_shift",
            0L,
            "norm_elementwise_affine",
            true,
            "timestep_activation_fn",
            "silu");

    /** THUDM/CogVideoX-2b: the published class's defaults. */
    public static final TransformerConfig COGVIDEOX_2B = values(ConfigFile.of(FILE, Map.of()));

    /** THUDM/CogVideoX-5b. */
    public static final TransformerConfig COGVIDEOX_5B = COGVIDEOX_2B.with(
            Map.of("num_attention_heads", 48, "num_layers", 42, "use_rotary_positional_embeddings", true));

    /** THUDM/CogVideoX-5b-I2V. */
    public static final TransformerConfig COGVIDEOX_5B_I2V =
            COGVIDEOX_5B.with(Map.of("in_channels", 32, "use_learned_positional_embeddings", true));

    /** THUDM/CogVideoX1.5-5B. */
    public static final TransformerConfig COGVIDEOX_1_5_5B =
            COGVIDEOX_5B.with(Map.of("patch_size_t", 2, "sample_width", 170, "sample_height", 96, "sample_frames", 81));

    /** THUDM/CogVideoX1.5-5B-I2V. */
    public static final TransformerConfig COGVIDEOX_1_5_5B_I2V =
            COGVIDEOX_1_5_5B.with(Map.of("in_channels", 32, "ofs_embed_dim", 512));

    /** Checks what the network needs. */
    public TransformerConfig {
        Bounds.check("num_attention_heads", heads, 1, MAX_HEADS);
        Bounds.check("attention_head_dim", headDim, 1, MAX_HEAD);
        Bounds.check("num_layers", layers, 1, Bounds.LAYERS);
        Bounds.check("in_channels", inChannels, 1, Bounds.WIDTH);
        Bounds.check("out_channels", outChannels, 1, Bounds.WIDTH);
        Bounds.check("text_embed_dim", textEmbedDim, 1, Bounds.WIDTH);
        Bounds.check("time_embed_dim", timeEmbedDim, 1, Bounds.WIDTH);
        Bounds.check("ofs_embed_dim", ofsEmbedDim, 0, Bounds.WIDTH);
        Bounds.check("max_text_seq_length", maxTextLength, 2, MAX_TEXT);
        Bounds.check("patch_size", patchSize, 1, MAX_PATCH);
        Bounds.check("patch_size_t", patchFrames, 0, MAX_PATCH);
        Bounds.check("sample_width", sampleWidth, 1, MAX_SAMPLE);
        Bounds.check("sample_height", sampleHeight, 1, MAX_SAMPLE);
        Bounds.check("sample_frames", sampleFrames, 1, MAX_SAMPLE);
        Bounds.check("temporal_compression_ratio", temporalCompression, 1, MAX_PATCH);
        if (headDim < 16 || headDim % 16 != 0) {
            throw new IllegalArgumentException(
                    "attention_head_dim must be a multiple of 16, so that time, rows and columns"
                            + " share it in pairs, found " + headDim);
        }
        if (ofsEmbedDim % 2 != 0) {
            throw new IllegalArgumentException("ofs_embed_dim must be even or null, found " + ofsEmbedDim);
        }
        if (!(spatialScale > 0 && temporalScale > 0 && normEps >= 0)) {
            throw new IllegalArgumentException(
                    "the interpolation scales must be above 0 and norm_eps not below it, found " + spatialScale + ", "
                            + temporalScale + " and " + normEps);
        }
        if (learned && !rotary) {
            throw new IllegalArgumentException(
                    "use_learned_positional_embeddings needs use_rotary_positional_embeddings:"
                            + " no model was published without");
        }
    }

    /**
     * Reads {@code config.json}; absent keys take the published class's defaults.
     *
     * @throws WeightsException for a missing or damaged file, or a setting this network does not have
     */
    public static TransformerConfig read(Path file) {
        return of(ConfigFile.read(file));
    }

    /** The settings of a config that has been read; as {@link #read}. */
    public static TransformerConfig of(ConfigFile c) {
        BUILT_IN.forEach((key, value) -> requireBuiltIn(c, key, value));
        return c.make(() -> values(c));
    }

    private static TransformerConfig values(ConfigFile c) {
        return new TransformerConfig(
                c.integer("num_attention_heads", 30),
                c.integer("attention_head_dim", 64),
                c.integer("num_layers", 30),
                c.integer("in_channels", 16),
                c.integer("out_channels", 16),
                c.integer("text_embed_dim", 4096),
                c.integer("time_embed_dim", 512),
                c.integer("ofs_embed_dim", 0),
                c.integer("max_text_seq_length", 226),
                c.integer("patch_size", 2),
                c.integer("patch_size_t", 0),
                c.integer("sample_width", 90),
                c.integer("sample_height", 60),
                c.integer("sample_frames", 49),
                c.integer("temporal_compression_ratio", 4),
                c.number("spatial_interpolation_scale", 1.875),
                c.number("temporal_interpolation_scale", 1),
                c.number("norm_eps", 1e-5),
                c.flag("use_rotary_positional_embeddings", false),
                c.flag("use_learned_positional_embeddings", false));
    }

    /**
     * The same with other values for some keys of {@code config.json}.
     *
     * @throws IllegalArgumentException for other keys, and values that cannot be
     */
    public TransformerConfig with(Map<String, ?> values) {
        return values(ConfigFile.of(FILE, toMap()).with(values));
    }

    /** The same code path in miniature, for tests: two blocks of width 32. */
    public static TransformerConfig tiny(boolean rotary) {
        return COGVIDEOX_2B.with(Map.of(
                "num_attention_heads", 2,
                "attention_head_dim", 16,
                "num_layers", 2,
                "text_embed_dim", 32,
                "time_embed_dim", 16,
                "max_text_seq_length", 8,
                "sample_width", 12,
                "sample_height", 8,
                "sample_frames", 9,
                "use_rotary_positional_embeddings", rotary));
    }

    /** The same with another number of blocks. */
    public TransformerConfig withLayers(long other) {
        return with(Map.of("num_layers", other));
    }

    /** Width of a token, D. */
    public long width() {
        return heads * headDim;
    }

    /** Latent frames of a patch. */
    public long framesPerPatch() {
        return Math.max(1, patchFrames);
    }

    /** Latent frames of the video the model was made for, without padding. */
    long sampleLatentFrames() {
        return (sampleFrames - 1) / temporalCompression + 1;
    }

    /** Numbers a patch holds: {@code channels} of each of its points. */
    public long patchVolume(long channels) {
        return channels * framesPerPatch() * patchSize * patchSize;
    }

    /** The keys and values of {@code config.json}. */
    public Map<String, @Nullable Object> toMap() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("_class_name", "CogVideoXTransformer3DModel");
        map.put("num_attention_heads", heads);
        map.put("attention_head_dim", headDim);
        map.put("num_layers", layers);
        map.put("in_channels", inChannels);
        map.put("out_channels", outChannels);
        map.put("text_embed_dim", textEmbedDim);
        map.put("time_embed_dim", timeEmbedDim);
        map.put("ofs_embed_dim", ofsEmbedDim == 0 ? null : ofsEmbedDim);
        map.put("max_text_seq_length", maxTextLength);
        map.put("patch_size", patchSize);
        map.put("patch_size_t", patchFrames == 0 ? null : patchFrames);
        map.put("sample_width", sampleWidth);
        map.put("sample_height", sampleHeight);
        map.put("sample_frames", sampleFrames);
        map.put("temporal_compression_ratio", temporalCompression);
        map.put("spatial_interpolation_scale", spatialScale);
        map.put("temporal_interpolation_scale", temporalScale);
        map.put("norm_eps", normEps);
        map.put("use_rotary_positional_embeddings", rotary);
        map.put("use_learned_positional_embeddings", learned);
        map.putAll(BUILT_IN);
        return map;
    }

    private static void requireBuiltIn(ConfigFile c, String key, Object value) {
        Object found;
        if (value instanceof Boolean flag) {
            found = c.flag(key, flag);
        } else if (value instanceof Long number) {
            found = c.integer(key, number);
        } else {
            found = c.text(key, value.toString());
        }
        if (!found.equals(value)) {
            throw new WeightsException(c.file() + ": '" + key + "' must be " + value + ", found " + found
                    + "; no published CogVideoX has another");
        }
    }
}
