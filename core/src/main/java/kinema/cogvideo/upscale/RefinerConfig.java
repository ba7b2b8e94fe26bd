package kinema.cogvideo.upscale;

import java.util.List;
import kinema.cogvideo.network.BaseConfig;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The sizes of iterative super-resolution, as {@code model_config.json} has them.
 *
 * @param base those of the model it was trained from
 * @param textTokens how many of the prompt's first tokens are used
 * @param tokens of a picture, a square grid
 * @param kernel columns of a token's neighbourhood; it has twice as many rows less one
 */
public record RefinerConfig(BaseConfig base, long textTokens, long tokens, long kernel) {
    /** CogView2's: 60 by 60 tokens. */
    public static final RefinerConfig PUBLISHED = new RefinerConfig(BaseConfig.PUBLISHED, 16, 3600, 5);

    private static final long KERNEL = 5;

    /** Checks what the network needs. */
    public RefinerConfig {
        long side = Math.round(Math.sqrt(tokens));
        if (side < 1 || side * side != tokens) {
            throw new IllegalArgumentException("the picture must be a square grid, found " + tokens + " tokens");
        }
        if (kernel < 1 || kernel % 2 != 1) {
            throw new IllegalArgumentException("kernel_size must be odd, found " + kernel);
        }
        if (textTokens < 1) {
            throw new IllegalArgumentException("layout must have room for text, found " + textTokens + " tokens");
        }
    }

    /**
     * Reads {@code model_config.json}; as {@link UpscalerConfig#of}.
     *
     * @throws WeightsException as {@link BaseConfig#of}
     */
    public static RefinerConfig of(ConfigFile c) {
        BaseConfig base = BaseConfig.of(c);
        List<Long> layout = c.integers("layout", PUBLISHED.layout());
        if (layout.size() != 2) {
            throw new WeightsException(c.file() + ": 'layout' must be the ends of the text and of the picture, such as "
                    + PUBLISHED.layout() + ", found " + layout);
        }
        try {
            return new RefinerConfig(
                    base, layout.get(0), layout.get(1) - layout.get(0), c.integer("kernel_size", KERNEL));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(c.file() + ": " + e.getMessage(), e);
        }
    }

    /** Rows of the picture. */
    public long grid() {
        return Math.round(Math.sqrt(tokens));
    }

    private List<Long> layout() {
        return List.of(textTokens, textTokens + tokens);
    }
}
