package kinema.cogvideo.image;

import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A residual block of two convolutions.
 *
 * <p>Axes: B pictures, H rows, W columns. Immutable; safe to share between threads.
 */
final class ImageResnet {
    static final double NORM_EPS = 1e-6;
    private static final long KERNEL = 3;

    private final GroupNorm norm1, norm2;
    private final Conv2d conv1, conv2;
    private final @Nullable Conv2d shortcut;

    ImageResnet(Weights w, long in, long out) {
        norm1 = new GroupNorm(w.at("norm1"), in, ImageConfig.GROUPS, NORM_EPS);
        conv1 = new Conv2d(w.at("conv1"), in, out, KERNEL);
        norm2 = new GroupNorm(w.at("norm2"), out, ImageConfig.GROUPS, NORM_EPS);
        conv2 = new Conv2d(w.at("conv2"), out, out, KERNEL);
        shortcut = in == out ? null : new Conv2d(w.at("nin_shortcut"), in, out, 1);
    }

    /** (B, in, H, W) to (B, out, H, W). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor h = conv1.forward(torch.silu(norm1.forward(x))); // (B, out, H, W)
            h = conv2.forward(torch.silu(norm2.forward(h))); // (B, out, H, W)
            return h.add(shortcut == null ? x : shortcut.forward(x)); // (B, out, H, W)
        });
    }
}
