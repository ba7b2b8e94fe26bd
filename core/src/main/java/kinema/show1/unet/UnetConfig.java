package kinema.show1.unet;

import java.util.List;
import java.util.Map;
import kinema.nn.Activation;
import kinema.weights.Bounds;
import kinema.weights.ConfigFile;

/**
 * The shape of one of Show-1's denoising networks, as in a published {@code unet/config.json}.
 *
 * @param kind what it denoises
 * @param temporal whether layers join the frames; the published network for single pictures has none
 * @param inChannels of what it is given: the sample and what it is conditioned on
 * @param outChannels of what it predicts: the noise and, in pixels, as much again for its variance
 * @param levels from the finest to the coarsest
 * @param resnets what its residual layers have in common
 * @param midScale what the sums of the middle's residual layers are divided by
 * @param time what it is told besides the timestep
 * @param text the states it attends to
 * @param transformerIn whether attention between frames comes before the first level
 */
public record UnetConfig(
        Kind kind,
        boolean temporal,
        long inChannels,
        long outChannels,
        List<Level> levels,
        ResnetConfig resnets,
        double midScale,
        Time time,
        Text text,
        boolean transformerIn) {
    /** The groups that norms of temporal convolutions have whatever the config says. */
    static final long TEMPORAL_GROUPS = 32;

    /** The groups that norms of text states have whatever the config says. */
    static final long TEXT_GROUPS = 32;

    private static final int MAX_LEVELS = 10;
    private static final int MAX_LAYERS = 100;
    private static final double ROOT_2 = 1.4142271248762552; // as the published configs round it

    /** What a network denoises, which decides how it attends and how it changes the size. */
    public enum Kind {
        /** Pictures: attention to text and picture in one, sizes changed by residual layers, the text also pooled. */
        PIXEL,
        /** Latents of pictures: attention to the picture, then to the text, sizes changed by convolutions. */
        LATENT
    }

    /**
     * The layers that work at one size.
     *
     * @param width channels
     * @param layers on the way down; one more on the way up
     * @param attention whether they attend
     * @param headDim what configs call {@code attention_head_dim}: how many heads attend between frames; within a frame it
     *     is their number too in latents, but their width in pixels
     */
    public record Level(long width, long layers, boolean attention, long headDim) {
        /** Checks the numbers. */
        public Level {
            Bounds.check("block_out_channels", width, 1, Bounds.WIDTH);
            Bounds.check("layers_per_block", layers, 1, MAX_LAYERS);
            Bounds.check("attention_head_dim", headDim, 1, Bounds.WIDTH);
        }
    }

    /**
     * What a network is told besides the timestep.
     *
     * @param noiseLevel whether that is how noisy its condition is
     * @param activated whether the sum of all embeddings goes through the activation
     */
    public record Time(boolean noiseLevel, boolean activated) {}

    /**
     * The text states a network attends to.
     *
     * @param stateWidth of the text encoder
     * @param width of what layers attend to; in latents that of the states
     * @param poolHeads of the attention that pools them; in latents not used
     */
    public record Text(long stateWidth, long width, long poolHeads) {
        /** Checks that the heads share the states evenly. */
        public Text {
            Bounds.check("encoder_hid_dim", stateWidth, 1, Bounds.WIDTH);
            Bounds.check("cross_attention_dim", width, 1, Bounds.WIDTH);
            if (poolHeads < 1 || stateWidth % poolHeads != 0) {
                throw new IllegalArgumentException("addition_embed_type_num_heads does not divide the states' width "
                        + stateWidth + ", found " + poolHeads);
            }
        }
    }

    /** {@code show-1-base}: key frames from text. */
    public static final UnetConfig BASE = keyFrames(3);

    /** {@code show-1-interpolation}: frames between two key frames. */
    public static final UnetConfig INTERPOLATION = keyFrames(7);

    /** {@code show-1-sr1}: frames of four times the size. */
    public static final UnetConfig UPSCALING =
            upscaling(true, new long[] {128, 256, 512, 768, 768}, new int[] {2, 2, 3, 4, 2}, new Text(4096, 768, 64));

    /** {@code DeepFloyd/IF-II-L-v1.0}: the first of those frames. */
    public static final UnetConfig FIRST_FRAME = upscaling(
            false, new long[] {160, 320, 640, 960, 1280}, new int[] {2, 2, 3, 5, 5}, new Text(4096, 1280, 64));

    /** {@code show-1-sr2}: the expert that refines latents. */
    public static final UnetConfig EXPERT = new UnetConfig(
            Kind.LATENT,
            true,
            4,
            4,
            List.of(
                    new Level(320, 2, true, 5),
                    new Level(640, 2, true, 10),
                    new Level(1280, 2, true, 20),
                    new Level(1280, 2, false, 20)),
            new ResnetConfig(Activation.SILU, 32, 1e-5, 1280, false, true, 1),
            1,
            new Time(false, false),
            new Text(1024, 1024, 64),
            true);

    /** Checks that the parts fit one another. */
    public UnetConfig {
        levels = List.copyOf(levels);
        Bounds.check("in_channels", inChannels, 1, Bounds.WIDTH);
        Bounds.check("out_channels", outChannels, 1, Bounds.WIDTH);
        Bounds.check("number of block_out_channels", levels.size(), 1, MAX_LEVELS);
        if (!(midScale > 0)) {
            throw new IllegalArgumentException("mid_block_scale_factor must be positive, found " + midScale);
        }
        for (int i = 0; i < levels.size(); i++) {
            check(levels.get(i), resnets.groups(), temporal, i == levels.size() - 1);
        }
        if (kind == Kind.PIXEL && text.width() % TEXT_GROUPS != 0) {
            throw new IllegalArgumentException(
                    "cross_attention_dim must be a multiple of " + TEXT_GROUPS + ", found " + text.width());
        }
    }

    /**
     * Reads {@code unet/config.json}; absent keys take the published class's defaults.
     *
     * @throws kinema.weights.WeightsException naming the file and the key, for what no published Show-1 has
     */
    public static UnetConfig read(ConfigFile file) {
        return new UnetConfigFile(file).config();
    }

    /** What {@link #read} reads. */
    public Map<String, Object> toMap() {
        return UnetConfigFile.toMap(this);
    }

    /** The same shape for clips, or single pictures, of so many channels. */
    public UnetConfig of(boolean clips, long channels) {
        return new UnetConfig(
                kind, clips, channels, outChannels, levels, resnets, midScale, time, text, clips && transformerIn);
    }

    /** The width at the finest level. */
    long width() {
        return levels.get(0).width();
    }

    /** What rows and columns must be multiples of for all levels to have whole ones. */
    public long multiple() {
        return 1L << (levels.size() - 1);
    }

    /** Heads of the attention within a frame. */
    long heads(Level level) {
        return kind == Kind.PIXEL ? level.width() / level.headDim() : level.headDim();
    }

    private static void check(Level level, long groups, boolean temporal, boolean middle) {
        if (level.width() % groups != 0 || (temporal && level.width() % TEMPORAL_GROUPS != 0)) {
            throw new IllegalArgumentException("every width must be a multiple of " + groups
                    + " (norm_num_groups)" + (temporal ? " and of " + TEMPORAL_GROUPS : "") + ", found "
                    + level.width());
        }
        if ((level.attention() || middle) && level.width() % level.headDim() != 0) {
            throw new IllegalArgumentException("attention_head_dim must divide the width of each level with attention,"
                    + " found " + level.headDim() + " and " + level.width());
        }
    }

    private static UnetConfig keyFrames(long inChannels) {
        return new UnetConfig(
                Kind.PIXEL,
                true,
                inChannels,
                6,
                List.of(
                        new Level(320, 3, false, 64),
                        new Level(640, 3, true, 64),
                        new Level(960, 3, true, 64),
                        new Level(1280, 3, true, 64)),
                new ResnetConfig(Activation.GELU, 32, 1e-5, 1280, true, true, 1),
                1,
                new Time(false, false),
                new Text(4096, 1280, 64),
                false);
    }

    private static UnetConfig upscaling(boolean temporal, long[] widths, int[] layers, Text text) {
        Level[] levels = new Level[widths.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = new Level(widths[i], layers[i], i >= 3, 64);
        }
        long timeWidth = temporal ? 768 : 1280;
        return new UnetConfig(
                Kind.PIXEL,
                temporal,
                6,
                6,
                List.of(levels),
                new ResnetConfig(Activation.GELU, 32, 1e-5, timeWidth, true, false, ROOT_2),
                ROOT_2,
                new Time(true, true),
                text,
                false);
    }
}
