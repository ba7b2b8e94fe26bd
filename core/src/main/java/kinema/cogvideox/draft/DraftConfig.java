package kinema.cogvideox.draft;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.weights.StoredTensor;
import kinema.weights.WeightsException;

/**
 * The sizes of a draft decoder. Its files have no config: shapes of its weights tell them.
 *
 * @param latentChannels channels of the latents
 * @param widths channels of its three levels, and of what its last convolution sees
 */
public record DraftConfig(long latentChannels, List<Long> widths) {
    /** Levels, each of which doubles rows and columns. */
    public static final int LEVELS = 3;

    /** Frames to a latent frame. */
    static final int FRAMES = 4;

    /** Rows and columns of pixels to one of latents. */
    static final int UNIT = 8;

    private static final int MOST = 4096; // channels

    /** Of the largest tensor of a chunk: small beside pictures of published sizes, and enough to keep convolutions busy. */
    private static final long CHUNK_BYTES = 64L << 20;

    /** The sizes of the published {@code taecvx}. */
    public static final DraftConfig PUBLISHED = new DraftConfig(16, List.of(256L, 128L, 64L, 64L));

    /** The last convolutions of the levels, by the numbers of their layers. */
    static final List<Integer> LAST = List.of(8, 14, 20);

    private static final String FIRST = "decoder.1.weight";

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException when no network has them
     */
    public DraftConfig {
        widths = List.copyOf(widths);
        if (widths.size() != LEVELS + 1 || !widths.stream().allMatch(DraftConfig::possible)) {
            throw new IllegalArgumentException("a draft decoder has " + (LEVELS + 1) + " widths between 1 and " + MOST
                    + ", such as " + PUBLISHED.widths() + "; found " + widths);
        }
        if (!possible(latentChannels)) {
            throw new IllegalArgumentException(
                    "latents have between 1 and " + MOST + " channels, found " + latentChannels);
        }
    }

    /**
     * The sizes that a file's weights have.
     *
     * @param file for the message
     * @throws WeightsException when it holds no weights of such a network
     */
    static DraftConfig of(Path file, Map<String, StoredTensor> tensors) {
        long[] first = shape(file, tensors, FIRST);
        List<Long> widths = IntStream.rangeClosed(0, LEVELS)
                .mapToObj(i -> i == 0 ? first[0] : shape(file, tensors, "decoder." + LAST.get(i - 1) + ".weight")[0])
                .toList();
        try {
            return new DraftConfig(first[1], widths);
        } catch (IllegalArgumentException e) {
            throw new WeightsException(file + ": " + e.getMessage(), e);
        }
    }

    /** Latent frames that are decoded together where they have so many rows and columns. */
    long chunk(long rows, long columns) {
        long largest = Math.max(widths.get(LEVELS - 1), widths.get(LEVELS)); // where the last level doubles pictures
        long bytes = FRAMES * largest * UNIT * UNIT * rows * columns * Float.BYTES;
        return Math.max(1, CHUNK_BYTES / bytes);
    }

    private static long[] shape(Path file, Map<String, StoredTensor> tensors, String key) {
        StoredTensor tensor = tensors.get(key);
        if (tensor == null || tensor.shape().length != 4) {
            throw new WeightsException(file + ": " + (tensor == null ? "no" : "not four axes of") + " '" + key
                    + "'; expected the weights of a draft decoder for CogVideoX, as taecvx.safetensors has them");
        }
        return tensor.shape();
    }

    private static boolean possible(long channels) {
        return channels >= 1 && channels <= MOST;
    }
}
