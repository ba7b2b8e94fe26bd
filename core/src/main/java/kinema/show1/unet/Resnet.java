package kinema.show1.unet;

import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A residual layer over pictures that is told the time; in pixels it can halve or double rows and columns on its way.
 *
 * <p>Axes: S samples, F frames of all of them, C channels in, D out, H W rows and columns, E width of the time embedding. Immutable; safe to
 * share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2105.05233">Diffusion models beat GANs, section 3 and appendix B</a>
 */
final class Resnet implements Resampler {
    /** What becomes of rows and columns. */
    enum Size {
        SAME,
        HALVED,
        DOUBLED
    }

    private static final long KERNEL = 3;
    private static final long[] TWO = {2, 2};

    private final ResnetConfig config;
    private final Size size;
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final Linear timeProj;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d shortcut;

    /** A layer that keeps rows and columns. */
    Resnet(Weights w, ResnetConfig c, long in, long out) {
        this(w, c, in, out, Size.SAME);
    }

    Resnet(Weights w, ResnetConfig c, long in, long out, Size size) {
        config = c;
        this.size = size;
        norm1 = new GroupNorm(w.at("norm1"), in, c.groups(), c.eps());
        conv1 = new Conv2d(w.at("conv1"), in, out, KERNEL);
        timeProj = new Linear(w.at("time_emb_proj"), c.timeWidth(), c.scaled() ? 2 * out : out);
        norm2 = new GroupNorm(w.at("norm2"), out, c.groups(), c.eps());
        conv2 = new Conv2d(w.at("conv2"), out, out, KERNEL);
        shortcut = in == out ? null : new Conv2d(w.at("conv_shortcut"), in, out, 1);
    }

    /**
     * Applies the layer.
     *
     * @param x (F, C, H, W)
     * @param time (S, E)
     * @return (F, D, H', W')
     */
    Tensor forward(Tensor x, Tensor time) {
        return Scopes.keep(() -> {
            Tensor h = Scopes.keep(
                    () -> conv1.forward(resized(config.activation().of(norm1.forward(x))))); // (F, D, H', W')
            Tensor y = Scopes.keep(() -> conv2.forward(config.activation().of(timed(h, time)))); // (F, D, H', W')
            h.close();
            Tensor straight = resized(x); // (F, C, H', W')
            Tensor sum = (shortcut == null ? straight : shortcut.forward(straight)).add(y); // (F, D, H', W')
            return config.outScale() == 1 ? sum : sum.div(new Scalar(config.outScale())); // (F, D, H', W')
        });
    }

    @Override
    public Tensor forward(Tensor x, Tensor time, @Nullable Tensor like) {
        return forward(x, time);
    }

    /** Norms, and scales and shifts by the time; or adds the time, and norms. */
    private Tensor timed(Tensor h, Tensor time) {
        Tensor projected =
                timeProj.forward(config.timeActivated() ? config.activation().of(time) : time); // (S, D or 2·D)
        Tensor perFrame = PerFrame.of(projected, h.size(0)).unsqueeze(2).unsqueeze(3); // (F, D or 2·D, 1, 1)
        if (!config.scaled()) {
            return norm2.forward(h.add(perFrame)); // (F, D, H, W)
        }
        TensorVector parts = perFrame.chunk(2, 1); // 2 × (F, D, 1, 1)
        return norm2.forward(h).mul(parts.get(0).add(new Scalar(1.0))).add(parts.get(1)); // (F, D, H, W)
    }

    private Tensor resized(Tensor x) {
        return switch (size) {
            case SAME -> x;
            case HALVED -> torch.avg_pool2d(x, TWO);
            case DOUBLED -> torch.upsample_nearest2d(x, new long[] {2 * x.size(2), 2 * x.size(3)});
        };
    }
}
