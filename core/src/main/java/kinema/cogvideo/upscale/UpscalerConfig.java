package kinema.cogvideo.upscale;

import java.util.List;
import java.util.Map;
import kinema.cogvideo.network.BaseConfig;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The sizes of direct super-resolution, as {@code model_config.json} has them.
 *
 * @param base those of the model it is built on
 * @param textTokens how many there may be, one for padding included
 * @param low tokens of a small picture, a square grid
 * @param high tokens of a large one
 * @param kernel columns of a token's neighbourhood in the large picture; it has twice as many rows less one
 * @param crossKernel rows and columns of its neighbourhood in the small picture
 */
public record UpscalerConfig(BaseConfig base, long textTokens, long low, long high, long kernel, long crossKernel) {
    /** CogView2's, which CogVideo uses for every frame: 20 by 20 to 60 by 60. */
    public static final UpscalerConfig PUBLISHED = new UpscalerConfig(BaseConfig.PUBLISHED, 96, 400, 3600, 5, 5);

    private static final int LAYOUT = 3; // ends of text, small and large picture
    private static final long KERNEL = 5;

    /** Checks what the network needs. */
    public UpscalerConfig {
        if (side(low) * side(low) != low || side(high) * side(high) != high || side(low) < 1) {
            throw new IllegalArgumentException(
                    "both pictures of the layout must be square grids, found " + low + " and " + high + " tokens");
        }
        if (side(high) % side(low) != 0) {
            throw new IllegalArgumentException("the large picture must have a multiple of the small one's rows, found "
                    + side(high) + " and " + side(low));
        }
        if (kernel % 2 != 1 || crossKernel % 2 != 1 || kernel < 1 || crossKernel < 1) {
            throw new IllegalArgumentException(
                    "kernel_size and kernel_size2 must be odd, found " + kernel + " and " + crossKernel);
        }
        if (textTokens < 2) {
            throw new IllegalArgumentException("layout must have room for text, found " + textTokens + " tokens");
        }
        if (base.positions() <= BaseConfig.IMAGE_POSITION + low) {
            throw new IllegalArgumentException("max_sequence_length must be above "
                    + (BaseConfig.IMAGE_POSITION + low) + ", the last position of the small picture, found "
                    + base.positions());
        }
    }

    /** The same with another number of layers. */
    public UpscalerConfig withLayers(long count) {
        return new UpscalerConfig(base.withLayers(count), textTokens, low, high, kernel, crossKernel);
    }

    /**
     * Reads {@code model_config.json}. What the authors' code sets whatever the file says takes their values where absent.
     *
     * @throws WeightsException as {@link BaseConfig#of}
     */
    public static UpscalerConfig of(ConfigFile c) {
        BaseConfig base = BaseConfig.of(c);
        List<Long> layout = c.integers("layout", PUBLISHED.layout());
        if (layout.size() != LAYOUT) {
            throw new WeightsException(c.file() + ": 'layout' must be the ends of the text, of the small picture and of"
                    + " the large one, such as " + PUBLISHED.layout() + ", found " + layout);
        }
        try {
            return new UpscalerConfig(
                    base,
                    layout.get(0),
                    layout.get(1) - layout.get(0),
                    layout.get(2) - layout.get(1),
                    c.integer("kernel_size", KERNEL),
                    c.integer("kernel_size2", KERNEL));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(c.file() + ": " + e.getMessage(), e);
        }
    }

    /** The same code path in miniature, for tests: 4 by 4 tokens to 12 by 12. */
    public static UpscalerConfig tiny() {
        return new UpscalerConfig(BaseConfig.tiny(), 9, 16, 144, 3, 3);
    }

    /** Rows of the small picture. */
    public long lowGrid() {
        return side(low);
    }

    /** Rows of the large picture. */
    public long highGrid() {
        return side(high);
    }

    /** The keys and values of {@code model_config.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = base.toMap();
        map.put("layout", layout());
        map.put("new_sequence_length", base.positions() + high);
        map.put("kernel_size", kernel);
        map.put("kernel_size2", crossKernel);
        return map;
    }

    private List<Long> layout() {
        return List.of(textTokens, textTokens + low, textTokens + low + high);
    }

    private static long side(long tokens) {
        return Math.round(Math.sqrt(tokens));
    }
}
