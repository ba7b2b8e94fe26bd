package kinema.nn;

import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The residual layer of autoencoders of pictures: twice a norm, SiLU and a convolution, added to the input.
 *
 * <p>Axes: N pictures, C channels in, D out, H W rows and columns. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2012.09841">Taming transformers, table 7</a>
 */
public final class Resnet2d {
    /** What is added to the variance of an autoencoder's norms. */
    public static final double EPS = 1e-6;

    private static final long KERNEL = 3;

    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d shortcut;

    /**
     * A layer with the keys {@code norm1}, {@code conv1}, {@code norm2}, {@code conv2}.
     *
     * @param groups of the norms
     * @param shortcut key of the map of the input where the channels change
     */
    public Resnet2d(Weights w, long in, long out, long groups, String shortcut) {
        norm1 = new GroupNorm(w.at("norm1"), in, groups, EPS);
        conv1 = new Conv2d(w.at("conv1"), in, out, KERNEL);
        norm2 = new GroupNorm(w.at("norm2"), out, groups, EPS);
        conv2 = new Conv2d(w.at("conv2"), out, out, KERNEL);
        this.shortcut = in == out ? null : new Conv2d(w.at(shortcut), in, out, 1);
    }

    /** (N, C, H, W) to (N, D, H, W). */
    public Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor h = Scopes.keep(() -> conv1.forward(torch.silu(norm1.forward(x)))); // (N, D, H, W)
            Tensor y = Scopes.keep(() -> conv2.forward(torch.silu(norm2.forward(h)))); // (N, D, H, W)
            h.close();
            return (shortcut == null ? x : shortcut.forward(x)).add(y); // (N, D, H, W)
        });
    }
}
