package kinema.cogvideo.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import kinema.weights.StoredTensor;
import kinema.weights.WeightsException;

/**
 * The sizes of an image autoencoder, which its tensors tell.
 *
 * @param channels of the first level
 * @param multipliers of the encoder's levels, the first of which has all rows and columns and each further one half of them
 * @param blocks residual blocks of an encoder's level
 * @param stateChannels channels out of the encoder, Z
 * @param codeWidth numbers of a code, E
 * @param codes in the codebook
 * @param decoders by number, 0 for the coarsest, which of the three there are
 */
public record ImageConfig(
        long channels,
        List<Long> multipliers,
        long blocks,
        long stateChannels,
        long codeWidth,
        long codes,
        List<Integer> decoders) {
    /** Groups of every norm. */
    static final long GROUPS = 32;

    /** Key of a residual layer's map of its input. */
    static final String SHORTCUT = "nin_shortcut";

    /** Rows and columns of a picture that one code stands for: the rates there can be, finest first. */
    public static final List<Integer> RATES = List.of(4, 8, 16);

    /** icetk's, 97 million parameters. */
    public static final ImageConfig PUBLISHED =
            new ImageConfig(128, List.of(1L, 2L, 4L), 2, 256, 256, 20000, List.of(0, 1, 2));

    private static final List<String> STATISTICS = List.of("quantize.cluster_size", "quantize.embed_avg");

    /** Checks what the network needs. */
    public ImageConfig {
        multipliers = List.copyOf(multipliers);
        decoders = List.copyOf(decoders);
        if (channels < GROUPS || channels % GROUPS != 0) {
            throw new IllegalArgumentException(
                    "channels must be a multiple of " + GROUPS + ", the groups of a norm, found " + channels);
        }
        if (multipliers.size() != RATES.size()) {
            throw new IllegalArgumentException(
                    "the encoder must have " + RATES.size() + " levels, found " + multipliers.size());
        }
        if (decoders.isEmpty()) {
            throw new IllegalArgumentException("an image autoencoder needs at least one decoder");
        }
    }

    /**
     * Reads the sizes off the shapes of tensors.
     *
     * @param file what messages name
     * @param tensors by the authors' names
     * @throws WeightsException when they are not those of an image autoencoder
     */
    public static ImageConfig of(String file, Map<String, StoredTensor> tensors) {
        Shapes shapes = new Shapes(file, tensors);
        long channels = shapes.of("enc.conv_in.weight", 0);
        List<Long> multipliers = new ArrayList<>();
        for (int level = 0; tensors.containsKey(conv("enc.down." + level, 0)); level++) {
            multipliers.add(shapes.of(conv("enc.down." + level, 0), 0) / channels);
        }
        long blocks = LongStream.iterate(0, i -> tensors.containsKey(conv("enc.down.0", i)), i -> i + 1)
                .count();
        List<Integer> decoders = new ArrayList<>();
        for (int i = 0; i < RATES.size(); i++) {
            if (tensors.containsKey("decs." + i + ".conv_in.weight")) {
                decoders.add(i);
            }
        }
        try {
            return new ImageConfig(
                    channels,
                    multipliers,
                    blocks,
                    shapes.of("enc.conv_out.weight", 0),
                    shapes.of("quantize.embed.weight", 1),
                    shapes.of("quantize.embed.weight", 0),
                    decoders);
        } catch (IllegalArgumentException e) {
            throw new WeightsException(file + ": " + e.getMessage(), e);
        }
    }

    /** The tensors without the codebook's running statistics, which only training needs. */
    public static Map<String, StoredTensor> withoutStatistics(Map<String, StoredTensor> tensors) {
        Map<String, StoredTensor> needed = new LinkedHashMap<>(tensors);
        STATISTICS.forEach(needed::remove);
        return needed;
    }

    /** The same code path in miniature, for tests. */
    public static ImageConfig tiny() {
        return new ImageConfig(32, List.of(1L, 1L, 2L), 1, 32, 16, 64, List.of(0, 1, 2));
    }

    /** The number of the decoder for a rate. */
    public int decoder(int rate) {
        return RATES.size() - 1 - halvings(rate);
    }

    /** How many times a rate halves what comes out of the encoder: 0, 1 or 2. */
    static int halvings(int rate) {
        int index = RATES.indexOf(rate);
        if (index < 0) {
            throw new IllegalArgumentException("unknown rate " + rate + "; known: " + RATES);
        }
        return index;
    }

    /** The multipliers of a decoder's levels, coarsest last: it has one level more for each halving. */
    List<Long> decoderMultipliers(int decoder) {
        List<Long> all = new ArrayList<>(Collections.nCopies(RATES.size() - 1 - decoder, 1L));
        all.addAll(multipliers);
        return all;
    }

    private static String conv(String level, long block) {
        return level + ".block." + block + ".conv1.weight";
    }

    /** Sizes of tensors that must be there. */
    private record Shapes(String file, Map<String, StoredTensor> tensors) {
        long of(String key, int axis) {
            StoredTensor tensor = tensors.get(key);
            if (tensor == null || tensor.shape().length <= axis) {
                throw new WeightsException(file + ": no tensor '" + key
                        + "' of an image autoencoder; expected icetk's ice_image.pt, or what was converted from it");
            }
            return tensor.shape()[axis];
        }
    }
}
