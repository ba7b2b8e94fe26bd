package kinema.cogvideox.vae;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import kinema.cogvideox.vae.TiledVae.Layout;
import kinema.memory.Tile;
import kinema.nn.Posterior;
import org.bytedeco.pytorch.Tensor;

/** Between pixels and latents. Axes as in {@link Vae}. */
public interface LatentCodec {
    /** The VAE in pieces of this size; whole where there is none. */
    static LatentCodec of(Vae vae, Optional<Tile> tile) {
        return tile.<LatentCodec>map(t -> new TiledVae(vae, Layout.of(t, vae.config())))
                .orElse(vae);
    }

    /** Encodes (B, 3, T, H, W) in [-1, 1]. */
    Posterior encode(Tensor video);

    /**
     * Encodes a video that is read meanwhile.
     *
     * @param frames T
     * @param next reads the following so many frames, (B, 3, n, H, W)
     */
    default Posterior encode(long frames, LongFunction<Tensor> next) {
        return encode(next.apply(frames));
    }

    /**
     * Decodes (B, Z, F, h, w), unscaled, to (B, 3, T, H, W), about [-1, 1].
     *
     * @param frames is given the frames in chunks, in order of time; a chunk lives no longer than the call
     */
    void decode(Tensor latents, Consumer<Tensor> frames);
}
