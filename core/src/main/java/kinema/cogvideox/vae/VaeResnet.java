package kinema.cogvideox.vae;

import java.util.function.IntFunction;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A residual layer of the VAE: twice norm, SiLU, causal convolution. Immutable. */
final class VaeResnet implements VaeLayer {
    private final NormedConv first;
    private final NormedConv second;
    private final @Nullable PointConv3d shortcut; // where the channels change

    private VaeResnet(Weights w, long in, long out, VaeNorm norm1, VaeNorm norm2) {
        first = new NormedConv(norm1, new CausalConv3d(w.at("conv1"), in, out));
        second = new NormedConv(norm2, new CausalConv3d(w.at("conv2"), out, out));
        shortcut = in == out ? null : new PointConv3d(w.at("conv_shortcut"), in, out);
    }

    /** An encoder's layer, with plain group norms. */
    static VaeResnet encoder(Weights w, long in, long out, VaeConfig c) {
        return new VaeResnet(
                w,
                in,
                out,
                VaeNorm.plain(w.at("norm1"), in, c.normGroups(), c.normEps()),
                VaeNorm.plain(w.at("norm2"), out, c.normGroups(), c.normEps()));
    }

    /** A decoder's layer, with norms steered by the latents. */
    static VaeResnet decoder(Weights w, long in, long out, VaeConfig c) {
        return new VaeResnet(
                w, in, out, new SpatialNorm3d(w.at("norm1"), in, c), new SpatialNorm3d(w.at("norm2"), out, c));
    }

    @Override
    public Slabs forward(Slabs x, @Nullable Tensor latents, VaeRun run) {
        return Slabs.keep(() -> {
            IntFunction<Tensor> half = first.over(x, latents, run);
            Slabs.Pair branches =
                    shortcut == null ? new Slabs.Pair(x.map(half), x) : x.drain(half, i -> shortcut.forward(x.get(i)));
            Slabs h = branches.first(); // (B, out, T, H, W)
            Slabs skipped = branches.second(); // (B, out, T, H, W)
            IntFunction<Tensor> last = second.over(h, latents, run);
            return h.drain(i -> {
                Tensor y = last.apply(i);
                y.add_(skipped.get(i));
                skipped.free(i);
                return y; // (B, out, t, H, W)
            });
        });
    }
}
