package kinema.show1.vae;

import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A residual layer: twice a norm, SiLU and a convolution, added to its input. N pictures, C channels in, D out. */
final class VaeResnet {
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d shortcut;

    VaeResnet(Weights w, FrameVaeConfig c, long in, long out) {
        norm1 = new GroupNorm(w.at("norm1"), in, c.groups(), FrameVae.EPS);
        conv1 = new Conv2d(w.at("conv1"), in, out, FrameVae.KERNEL);
        norm2 = new GroupNorm(w.at("norm2"), out, c.groups(), FrameVae.EPS);
        conv2 = new Conv2d(w.at("conv2"), out, out, FrameVae.KERNEL);
        shortcut = in == out ? null : new Conv2d(w.at("conv_shortcut"), in, out, 1);
    }

    /** (N, C, H, W) to (N, D, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor h = Scopes.keep(() -> conv1.forward(torch.silu(norm1.forward(x)))); // (N, D, H, W)
            Tensor y = Scopes.keep(() -> conv2.forward(torch.silu(norm2.forward(h)))); // (N, D, H, W)
            h.close();
            return (shortcut == null ? x : shortcut.forward(x)).add(y); // (N, D, H, W)
        });
    }
}
