package kinema.show1.vae;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.diffusion.LatentSpace;
import kinema.weights.Bounds;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The shape of the autoencoder of pictures, as in a published {@code vae/config.json}.
 *
 * @param latentChannels channels of the latents
 * @param widths channels of the levels, from the finest to the coarsest
 * @param layers residual layers of a level of the encoder; the decoder has one more
 * @param groups of the norms
 * @param scalingFactor what latents are multiplied by before a denoising network sees them
 */
public record FrameVaeConfig(long latentChannels, List<Long> widths, int layers, long groups, double scalingFactor) {
    private static final double SCALE = 0.18215;
    private static final String DOWN = "DownEncoderBlock2D";
    private static final String UP = "UpDecoderBlock2D";
    private static final int MAX_LEVELS = 10;
    private static final int MAX_LAYERS = 100;

    /** The autoencoder of Stable Diffusion, which {@code show-1-sr2} has. */
    public static final FrameVaeConfig STABLE_DIFFUSION =
            new FrameVaeConfig(4, List.of(128L, 256L, 512L, 512L), 2, 32, SCALE);

    /** Checks the numbers. */
    public FrameVaeConfig {
        widths = List.copyOf(widths);
        Bounds.check("latent_channels", latentChannels, 1, Bounds.WIDTH);
        Bounds.check("number of block_out_channels", widths.size(), 1, MAX_LEVELS);
        Bounds.check("layers_per_block", layers, 1, MAX_LAYERS);
        Bounds.check("norm_num_groups", groups, 1, Bounds.WIDTH);
        for (long width : widths) {
            Bounds.check("block_out_channels", width, 1, Bounds.WIDTH);
            if (width % groups != 0) {
                throw new IllegalArgumentException(
                        "block_out_channels must be multiples of " + groups + " (norm_num_groups), found " + width);
            }
        }
        if (!(scalingFactor > 0)) {
            throw new IllegalArgumentException("scaling_factor must be positive, found " + scalingFactor);
        }
    }

    /** How latents become what the denoising network sees. */
    public LatentSpace latentSpace() {
        return new LatentSpace(scalingFactor);
    }

    /**
     * Reads {@code vae/config.json}; absent keys take the published class's defaults.
     *
     * @throws WeightsException naming the file and the key, for what no published Show-1 has
     */
    public static FrameVaeConfig read(ConfigFile file) {
        require(file, "act_fn", file.text("act_fn", "silu"), "silu");
        require(file, "in_channels", file.integer("in_channels", 3), 3L);
        require(file, "out_channels", file.integer("out_channels", 3), 3L);
        for (JsonNode type : file.node("down_block_types")) {
            require(file, "down_block_types", type.asText(), DOWN);
        }
        for (JsonNode type : file.node("up_block_types")) {
            require(file, "up_block_types", type.asText(), UP);
        }
        return file.make(() -> new FrameVaeConfig(
                file.integer("latent_channels", 4),
                file.integers("block_out_channels", List.of(64L)),
                file.count("layers_per_block", 1, MAX_LAYERS),
                file.integer("norm_num_groups", 32),
                file.number("scaling_factor", SCALE)));
    }

    /** What {@link #read} reads. */
    public Map<String, Object> toMap() {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("_class_name", "AutoencoderKL");
        file.put("act_fn", "silu");
        file.put("in_channels", FrameVae.COLOURS);
        file.put("out_channels", FrameVae.COLOURS);
        file.put("latent_channels", latentChannels);
        file.put("down_block_types", Collections.nCopies(widths.size(), DOWN));
        file.put("up_block_types", Collections.nCopies(widths.size(), UP));
        file.put("block_out_channels", widths);
        file.put("layers_per_block", layers);
        file.put("norm_num_groups", groups);
        file.put("scaling_factor", scalingFactor);
        return file;
    }

    /** The same with another factor. */
    public FrameVaeConfig withScaling(double factor) {
        return new FrameVaeConfig(latentChannels, widths, layers, groups, factor);
    }

    /** Rows and columns of pixels to a latent point. */
    public long compression() {
        return 1L << (widths.size() - 1);
    }

    private static void require(ConfigFile file, String key, Object found, Object needed) {
        if (!found.equals(needed)) {
            throw new WeightsException(file.file() + ": '" + key + "' must be " + needed + ", found " + found
                    + "; no published Show-1 has another");
        }
    }
}
