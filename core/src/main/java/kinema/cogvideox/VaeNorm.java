package kinema.cogvideox;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** The norm of a residual layer: plain in the encoder, steered by the latents in the decoder. */
@FunctionalInterface
interface VaeNorm {
    /**
     * Normalises.
     *
     * @param x (B, C, T, H, W)
     * @param latents the decoder's input chunk (B, Z, F, h, w); null in the encoder
     * @return (B, C, T, H, W)
     */
    Tensor forward(Tensor x, @Nullable Tensor latents);
}
