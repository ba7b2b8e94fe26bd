package kinema.cogvideox.vae;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A layer of the VAE's encoder or decoder. */
@FunctionalInterface
interface VaeLayer {
    /**
     * Applies the layer to the next chunk of frames.
     *
     * @param x (B, C, T, H, W); freed as it is used
     * @param latents the decoder's input chunk (B, Z, F, h, w); null in the encoder
     * @param run what convolutions keep of the chunk before
     * @return (B, C', T', H', W')
     */
    Slabs forward(Slabs x, @Nullable Tensor latents, VaeRun run);
}
