package kinema.cogvideox.vae;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.diffusion.LatentSpace;
import kinema.weights.Bounds;
import kinema.weights.ConfigFile;

/**
 * What {@code vae/config.json} says ({@code AutoencoderKLCogVideoX}).
 *
 * @param inChannels of the picture
 * @param outChannels of the picture
 * @param blockOutChannels channels of the encoder's levels, from the full size down
 * @param layersPerBlock residual layers of an encoder level; a decoder level has one more
 * @param latentChannels of the latents
 * @param normEps of the encoder's group norms
 * @param normGroups groups of every group norm
 * @param temporalCompression frames per latent frame: 1, 2, 4 or 8
 * @param scalingFactor latents times this are what the transformer sees
 * @param invertScaleLatents whether image latents are divided by the factor instead (CogVideoX 1.5)
 * @param sampleHeight rows the model was made for, pixels
 * @param sampleWidth columns the model was made for, pixels
 */
public record VaeConfig(
        long inChannels,
        long outChannels,
        List<Long> blockOutChannels,
        long layersPerBlock,
        long latentChannels,
        double normEps,
        long normGroups,
        long temporalCompression,
        double scalingFactor,
        boolean invertScaleLatents,
        long sampleHeight,
        long sampleWidth) {

    private static final int MAX_LEVELS = 10;
    private static final int MAX_LAYERS = 100;

    private static final Path FILE = Path.of("vae", "config.json");

    /** The published VAE of 2b, the published class's defaults; the scaling factor is 0.7 for 5b and 1.5. */
    public static final VaeConfig COGVIDEOX_2B = values(ConfigFile.of(FILE, Map.of()));

    /** Checks what the network needs. */
    public VaeConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        Bounds.check("number of block_out_channels", blockOutChannels.size(), 1, MAX_LEVELS);
        Bounds.check("layers_per_block", layersPerBlock, 1, MAX_LAYERS);
        Bounds.check("latent_channels", latentChannels, 1, Bounds.WIDTH);
        Bounds.check("in_channels", inChannels, 1, Bounds.WIDTH);
        Bounds.check("out_channels", outChannels, 1, Bounds.WIDTH);
        Bounds.check("sample_height", sampleHeight, 1, Bounds.WIDTH);
        Bounds.check("sample_width", sampleWidth, 1, Bounds.WIDTH);
        for (long channels : blockOutChannels) {
            Bounds.check("block_out_channels", channels, 1, Bounds.WIDTH);
            if (normGroups < 1 || channels % normGroups != 0) {
                throw new IllegalArgumentException("block_out_channels must be multiples of norm_num_groups "
                        + normGroups + ", found " + blockOutChannels);
            }
        }
        if (Long.bitCount(temporalCompression) != 1 || timeLevels(temporalCompression) >= blockOutChannels.size()) {
            throw new IllegalArgumentException("temporal_compression_ratio must be a power of 2 below 2^"
                    + blockOutChannels.size() + ", found " + temporalCompression);
        }
        if (!(scalingFactor > 0)) {
            throw new IllegalArgumentException("scaling_factor must be above 0, found " + scalingFactor);
        }
        if (!(normEps >= 0)) {
            throw new IllegalArgumentException("norm_eps must not be below 0, found " + normEps);
        }
    }

    /** Reads {@code config.json}; absent keys take the published class's defaults. */
    public static VaeConfig read(Path file) {
        return of(ConfigFile.read(file));
    }

    /** The settings of a config that has been read. */
    public static VaeConfig of(ConfigFile c) {
        return c.make(() -> values(c));
    }

    private static VaeConfig values(ConfigFile c) {
        return new VaeConfig(
                c.integer("in_channels", 3),
                c.integer("out_channels", 3),
                c.integers("block_out_channels", List.of(128L, 256L, 256L, 512L)),
                c.integer("layers_per_block", 3),
                c.integer("latent_channels", 16),
                c.number("norm_eps", 1e-6),
                c.integer("norm_num_groups", 32),
                whole("temporal_compression_ratio", c.number("temporal_compression_ratio", 4)),
                c.number("scaling_factor", 1.15258426),
                c.flag("invert_scale_latents", false),
                c.integer("sample_height", 480),
                c.integer("sample_width", 720));
    }

    /** The same code path in miniature, for tests: 8×8×4 compression, a hundredth of the work. */
    public static VaeConfig tiny() {
        return COGVIDEOX_2B.with(Map.of(
                "block_out_channels", List.of(8, 8, 8, 8),
                "layers_per_block", 1,
                "latent_channels", 4,
                "norm_num_groups", 2,
                "sample_height", 32,
                "sample_width", 32));
    }

    /** Pixels per latent row or column: every level but the last halves the picture. */
    public long spatialCompression() {
        return 1L << (blockOutChannels.size() - 1);
    }

    /** How latents become what the transformer sees. */
    public LatentSpace latentSpace() {
        return new LatentSpace(scalingFactor);
    }

    /** The same for the latents of an image to begin with, which CogVideoX 1.5 was given divided by the factor. */
    public LatentSpace imageLatentSpace() {
        return new LatentSpace(invertScaleLatents ? 1 / scalingFactor : scalingFactor);
    }

    /** Latent frames that {@code frames} frames of video become. */
    public long latentFrames(long frames) {
        return (frames - 1) / temporalCompression + 1;
    }

    /** Frames of video that latent frames become. */
    public long frames(long latentFrames) {
        return temporalCompression * latentFrames - (latentFrames % 2 == 0 ? 0 : temporalCompression - 1);
    }

    /** Levels that also halve time: the first ones. */
    int timeLevels() {
        return timeLevels(temporalCompression);
    }

    /** Some published configs write a whole number as 4.0. */
    private static long whole(String key, double value) {
        if (value != Math.rint(value)) {
            throw new IllegalArgumentException(key + " must be a whole number, found " + value);
        }
        return (long) value;
    }

    private static int timeLevels(long compression) {
        return Long.numberOfTrailingZeros(compression);
    }

    /** The same with other scaling of the latents. */
    public VaeConfig withScaling(double factor, boolean inverted) {
        return with(Map.of("scaling_factor", factor, "invert_scale_latents", inverted));
    }

    /**
     * The same with other values for some keys of {@code config.json}.
     *
     * @throws IllegalArgumentException for other keys, and values that cannot be
     */
    public VaeConfig with(Map<String, ?> values) {
        return values(ConfigFile.of(FILE, toMap()).with(values));
    }

    /** The keys and values of {@code config.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("_class_name", "AutoencoderKLCogVideoX");
        map.put("act_fn", "silu");
        map.put("block_out_channels", blockOutChannels);
        map.put("down_block_types", Collections.nCopies(blockOutChannels.size(), "CogVideoXDownBlock3D"));
        map.put("force_upcast", true);
        map.put("in_channels", inChannels);
        map.put("invert_scale_latents", invertScaleLatents);
        map.put("latent_channels", latentChannels);
        map.put("layers_per_block", layersPerBlock);
        map.put("norm_eps", normEps);
        map.put("norm_num_groups", normGroups);
        map.put("out_channels", outChannels);
        map.put("sample_height", sampleHeight);
        map.put("sample_width", sampleWidth);
        map.put("scaling_factor", scalingFactor);
        map.put("temporal_compression_ratio", temporalCompression);
        map.put("up_block_types", Collections.nCopies(blockOutChannels.size(), "CogVideoXUpBlock3D"));
        map.put("use_post_quant_conv", false);
        map.put("use_quant_conv", false);
        return map;
    }
}
