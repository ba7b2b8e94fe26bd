package kinema.cogvideox;

import kinema.cogvideox.Vae.Posterior;
import org.bytedeco.pytorch.Tensor;

/** Between pixels and latents. Axes as in {@link Vae}. */
interface LatentCodec {
    /** Encodes (B, 3, T, H, W) in [-1, 1]. */
    Posterior encode(Tensor video);

    /** Decodes (B, Z, F, h, w), unscaled, to (B, 3, T, H, W), about [-1, 1]. */
    Tensor decode(Tensor latents);
}
