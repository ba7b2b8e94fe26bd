package kinema.cogvideox;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A layer of the VAE's encoder or decoder. */
@FunctionalInterface
interface VaeLayer {
    /**
     * Applies the layer to the next chunk of frames.
     *
     * @param x (B, C, T, H, W)
     * @param latents the decoder's input chunk (B, Z, F, h, w); null in the encoder
     * @param cache what convolutions keep of the chunk before
     * @return (B, C', T', H', W')
     */
    Tensor forward(Tensor x, @Nullable Tensor latents, ConvCache cache);

    /** Applies layers one after the other and frees what is between them as soon as it has been used. */
    static Tensor chain(List<VaeLayer> layers, Tensor in, @Nullable Tensor latents, ConvCache cache) {
        Tensor x = layers.get(0).forward(in, latents, cache);
        for (VaeLayer layer : layers.subList(1, layers.size())) {
            try (Tensor used = x) {
                x = layer.forward(used, latents, cache);
            }
        }
        return x;
    }
}
