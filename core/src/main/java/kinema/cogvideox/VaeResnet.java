package kinema.cogvideox;

import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A residual layer of the VAE: twice norm, SiLU, causal convolution. Immutable. */
final class VaeResnet implements VaeLayer {
    private final VaeNorm norm1;
    private final VaeNorm norm2;
    private final CausalConv3d conv1;
    private final CausalConv3d conv2;
    private final @Nullable PointConv3d shortcut; // where the channels change

    private VaeResnet(Weights w, long in, long out, VaeNorm norm1, VaeNorm norm2) {
        this.norm1 = norm1;
        this.norm2 = norm2;
        conv1 = new CausalConv3d(w.at("conv1"), in, out);
        conv2 = new CausalConv3d(w.at("conv2"), out, out);
        shortcut = in == out ? null : new PointConv3d(w.at("conv_shortcut"), in, out);
    }

    /** An encoder's layer, with plain group norms. */
    static VaeResnet encoder(Weights w, long in, long out, VaeConfig c) {
        GroupNorm norm1 = new GroupNorm(w.at("norm1"), in, c.normGroups(), c.normEps());
        GroupNorm norm2 = new GroupNorm(w.at("norm2"), out, c.normGroups(), c.normEps());
        return new VaeResnet(w, in, out, (x, z) -> norm1.forward(x), (x, z) -> norm2.forward(x));
    }

    /** A decoder's layer, with norms steered by the latents. */
    static VaeResnet decoder(Weights w, long in, long out, VaeConfig c) {
        return new VaeResnet(
                w, in, out, new SpatialNorm3d(w.at("norm1"), in, c), new SpatialNorm3d(w.at("norm2"), out, c));
    }

    @Override
    public Tensor forward(Tensor x, @Nullable Tensor latents, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor y;
            try (Tensor h = half(norm1, conv1, x, latents, cache)) { // (B, out, T, H, W)
                y = half(norm2, conv2, h, latents, cache); // (B, out, T, H, W)
            }
            return y.add_(shortcut == null ? x : shortcut.forward(x)); // (B, out, T, H, W)
        });
    }

    private static Tensor half(VaeNorm norm, CausalConv3d conv, Tensor x, @Nullable Tensor latents, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor padded;
            try (Tensor y = norm.forward(x, latents)) { // freed before the convolution takes its memory
                torch.silu_(y);
                padded = conv.padded(y, cache); // (B, C, T+2, H, W)
            }
            return conv.convolve(padded); // (B, out, T, H, W)
        });
    }
}
