package kinema.system;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import kinema.diffusion.LatentSpace;
import kinema.memory.Footprint;
import kinema.memory.Tile;
import org.bytedeco.pytorch.Tensor;

/**
 * A system's autoencoder alone, between frames and latents. Safe to share between threads; closing frees the weights.
 *
 * <p>Axes: T H W frames, rows, columns of pixels, F h w of latents, C latent channels.
 */
public interface VideoCodec extends AutoCloseable {
    /** How its latents become those that a denoising network sees. */
    LatentSpace latentSpace();

    /** Rows and columns of pixels to a latent point. */
    int spatialCompression();

    /** Channels of the latents. */
    int latentChannels();

    /** How many frames of video so many latent frames become. */
    long frames(long latentFrames);

    /** Tells this autoencoder, its weights and its scaling factor, from all others, whatever files it was read from. */
    String digest();

    /**
     * What {@link #encode} takes in memory, for a plan; empty where that is not known.
     *
     * @param frames T
     * @param width of the pictures
     * @param height of the pictures
     * @param tile the pieces they are coded in; empty to code them whole
     */
    default Optional<Footprint> encoding(long frames, int width, int height, Optional<Tile> tile) {
        return Optional.empty();
    }

    /** The same for whatever pieces a plan chooses. */
    default Optional<Footprint> encoding(long frames, int width, int height) {
        return Optional.empty();
    }

    /**
     * What {@link #decode} takes in memory in whatever pieces a plan chooses; empty where that is not known.
     *
     * @param latentFrames F
     * @param rows h
     * @param columns w
     */
    default Optional<Footprint> decoding(long latentFrames, int rows, int columns) {
        return Optional.empty();
    }

    /**
     * Encodes a video that is read meanwhile; coded whole, no more than a chunk of it is in memory.
     *
     * @param frames T
     * @param next reads the following so many frames, (n, H, W, 3) uint8
     * @param seed of the sample drawn from the posterior; empty for its likeliest latents
     * @param tile the pieces it is coded in; empty to code it whole
     * @return (1, F, C, h, w) float32, unscaled
     * @throws IllegalArgumentException for a size or number of frames that would not come back, with the nearest
     */
    Tensor encode(long frames, LongFunction<Tensor> next, OptionalLong seed, Optional<Tile> tile);

    /**
     * Decodes latents.
     *
     * @param latents (1, F, C, h, w) float32, unscaled
     * @param tile the pieces they are coded in; empty to code them whole
     * @param frames is given them in chunks of (T, H, W, 3) float32 in [0, 1], which live no longer than the call
     * @throws IllegalArgumentException for another shape
     */
    void decode(Tensor latents, Optional<Tile> tile, Consumer<Tensor> frames);

    @Override
    void close();
}
