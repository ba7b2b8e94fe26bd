package kinema.cogvideox.vae;

import java.util.function.IntFunction;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Norm, SiLU and causal convolution: half a residual layer, and the end of the encoder and the decoder. Immutable. */
final class NormedConv {
    private final VaeNorm norm;
    private final CausalConv3d conv;

    NormedConv(VaeNorm norm, CausalConv3d conv) {
        this.norm = norm;
        this.conv = conv;
    }

    /**
     * Prepares for a chunk.
     *
     * @param x (B, in, T, H, W)
     * @param latents the decoder's input chunk (B, Z, F, h, w); null in the encoder
     * @return what makes (B, out, t, H, W) of slab i of {@code x}, in the caller's scope; to be asked for each in turn
     */
    IntFunction<Tensor> over(Slabs x, @Nullable Tensor latents, VaeRun run) {
        if (run.differentiable()) {
            return i -> Scopes.keep(() -> conv.forward(torch.silu_(norm.forward(x.get(i), latents)), run));
        }
        VaeNorm.Fitted fitted = norm.fit(x, latents);
        ConvWindow window = new ConvWindow(conv, x, run);
        return i -> Scopes.keep(() -> {
            Tensor place = window.place(i);
            fitted.write(i, place);
            torch.silu_(place);
            return window.convolve(i); // (B, out, t, H, W)
        });
    }
}
