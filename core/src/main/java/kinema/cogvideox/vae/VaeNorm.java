package kinema.cogvideox.vae;

import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The norm before a convolution: plain in the encoder, steered by the latents in the decoder. */
interface VaeNorm {
    /** A norm that knows the statistics of a chunk. */
    @FunctionalInterface
    interface Fitted {
        /** Writes slab {@code i} normalised to {@code out}, (B, C, t, H, W). */
        void write(int i, Tensor out);
    }

    /**
     * Normalises a chunk in one piece; works under autograd.
     *
     * @param x (B, C, T, H, W)
     * @param latents the decoder's input chunk (B, Z, F, h, w); null in the encoder
     * @return (B, C, T, H, W)
     */
    Tensor forward(Tensor x, @Nullable Tensor latents);

    /**
     * Takes the statistics of a chunk in slabs; not for autograd.
     *
     * @param x (B, C, T, H, W)
     * @param latents as for {@link #forward}
     * @return the norm for these slabs, as long as they and the caller's scope are there
     */
    Fitted fit(Slabs x, @Nullable Tensor latents);

    /** A group norm, which needs no latents. */
    static VaeNorm plain(Weights w, long channels, long groups, double eps) {
        GroupNorm norm = new GroupNorm(w, channels, groups, eps);
        return new VaeNorm() {
            @Override
            public Tensor forward(Tensor x, @Nullable Tensor latents) {
                return norm.forward(x);
            }

            @Override
            public Fitted fit(Slabs x, @Nullable Tensor latents) {
                GroupNorm.Affine map = norm.fit(x.all());
                return (i, out) -> Scopes.run(() -> {
                    torch.addcmul_out(out, map.shift(), x.get(i), map.scale());
                });
            }
        };
    }
}
