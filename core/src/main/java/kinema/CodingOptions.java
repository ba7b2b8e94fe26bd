package kinema;

import java.util.Optional;
import java.util.OptionalLong;
import kinema.memory.Tile;

/**
 * How {@link VideoAutoencoder} codes.
 *
 * @param seed of the sample that encoding draws from the posterior; empty for the likeliest latents
 * @param raw whether latents are as the autoencoder has them; else they are multiplied by the model's scaling factor, as
 *     its denoising network knows them and published tools keep them
 * @param tile the pieces pictures are coded in, to spare memory; empty to code them whole
 */
public record CodingOptions(OptionalLong seed, boolean raw, Optional<Tile> tile) {
    /** The likeliest latents, scaled, in one piece. */
    public static final CodingOptions DEFAULT = new CodingOptions(OptionalLong.empty(), false, Optional.empty());

    /** The same with a sample of the posterior. */
    public CodingOptions withSeed(long value) {
        return new CodingOptions(OptionalLong.of(value), raw, tile);
    }

    /** The same with unscaled latents. */
    public CodingOptions withRaw(boolean value) {
        return new CodingOptions(seed, value, tile);
    }

    /** The same in pieces of this width and height in pixels. */
    public CodingOptions withTile(int width, int height) {
        return new CodingOptions(seed, raw, Optional.of(new Tile(width, height)));
    }
}
