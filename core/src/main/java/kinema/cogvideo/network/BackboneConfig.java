package kinema.cogvideo.network;

import java.util.List;
import java.util.Map;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;

/**
 * The sizes of a stage of CogVideo, as {@code model_config.json} has them. A frame is a square grid of image tokens.
 *
 * @param base those of the model it is built on
 * @param extraPositions rows of the extra position table
 * @param textTokens text tokens of a training row
 * @param frameTokens tokens of a frame, N
 * @param window rows and columns of a window of the second stage's temporal channel
 */
public record BackboneConfig(BaseConfig base, long extraPositions, long textTokens, long frameTokens, long window) {
    /** Frames of a sequence. */
    public static final int FRAMES = 5;

    private static final int LAYOUT = 3; // ends of text, first frame, all frames

    /** Both stages as published (2022), 7.7 billion parameters each. */
    public static final BackboneConfig PUBLISHED = new BackboneConfig(BaseConfig.PUBLISHED, 2000, 64, 400, 10);

    /** Checks what the network needs. */
    public BackboneConfig {
        if (textTokens < 1) {
            throw new IllegalArgumentException("layout must have room for text, found " + textTokens + " tokens");
        }
        long grid = Math.round(Math.sqrt(frameTokens));
        if (frameTokens < 1 || grid * grid != frameTokens) {
            throw new IllegalArgumentException("a frame of the layout must be a square grid, found " + frameTokens
                    + " tokens; nearest: " + grid * grid);
        }
        if (base.positions() < BaseConfig.IMAGE_POSITION + frameTokens) {
            throw new IllegalArgumentException("max_sequence_length must be at least "
                    + (BaseConfig.IMAGE_POSITION + frameTokens) + ": a frame's positions start at "
                    + BaseConfig.IMAGE_POSITION + "; found " + base.positions());
        }
        if (extraPositions < (FRAMES - 1) * frameTokens) {
            throw new IllegalArgumentException("additional_seqlen must be at least " + (FRAMES - 1) * frameTokens
                    + ", the tokens of all frames but the first, found " + extraPositions);
        }
        if (window < 2 || window % 2 != 0 || grid % window != 0) {
            throw new IllegalArgumentException(
                    "window_size must be even and divide the grid's " + grid + " rows, found " + window);
        }
    }

    /**
     * Reads {@code model_config.json}.
     *
     * @throws WeightsException as {@link BaseConfig#of}
     */
    public static BackboneConfig of(ConfigFile c) {
        BaseConfig base = BaseConfig.of(c);
        List<Long> layout = c.integers("layout", PUBLISHED.layout());
        long frame = layout.size() == LAYOUT ? layout.get(1) - layout.get(0) : 0;
        if (frame < 1 || layout.get(2) - layout.get(0) != FRAMES * frame) {
            throw new WeightsException(c.file() + ": 'layout' must be the ends of the text, of the first frame and of "
                    + FRAMES + " frames, such as " + PUBLISHED.layout() + ", found " + layout);
        }
        try {
            return new BackboneConfig(
                    base,
                    c.integer("additional_seqlen", PUBLISHED.extraPositions),
                    layout.get(0),
                    frame,
                    c.integer("window_size", PUBLISHED.window));
        } catch (IllegalArgumentException e) {
            throw new WeightsException(c.file() + ": " + e.getMessage(), e);
        }
    }

    /** The same code path in miniature, for tests: frames of 4 by 4 tokens. */
    public static BackboneConfig tiny() {
        return new BackboneConfig(BaseConfig.tiny(), 64, 8, 16, 2);
    }

    /** The same with another number of layers. */
    public BackboneConfig withLayers(long count) {
        return new BackboneConfig(base.withLayers(count), extraPositions, textTokens, frameTokens, window);
    }

    /** Rows of a frame's grid, and its columns. */
    public long grid() {
        return Math.round(Math.sqrt(frameTokens));
    }

    /** Image tokens of a whole sequence. */
    public long sequenceTokens() {
        return FRAMES * frameTokens;
    }

    /** The keys and values of {@code model_config.json}. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = base.toMap();
        map.put("layout", layout());
        map.put("window_size", window);
        map.put("additional_seqlen", extraPositions);
        return map;
    }

    private List<Long> layout() {
        return List.of(textTokens, textTokens + frameTokens, textTokens + sequenceTokens());
    }
}
