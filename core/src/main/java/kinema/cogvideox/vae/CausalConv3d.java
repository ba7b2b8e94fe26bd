package kinema.cogvideox.vae;

import kinema.nn.OneDnn;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A 3×3×3 convolution that sees no later frame: two frames are put in front, those of the chunk before or, at the start,
 * the first frame twice. Rows and columns are padded with zeros.
 *
 * <p>Axes: B batch, C channels, T frames, H rows, W columns. Immutable; the state of a run is its {@link VaeRun}.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1 and figure 3</a>
 */
final class CausalConv3d {
    /** Frames that are put in front of a chunk. */
    static final long BEFORE = 2;

    private static final long KERNEL = 3;
    private static final long[] UNIT = {1, 1, 1};
    private static final long[] PADDING = {0, 1, 1};

    private final Tensor weight; // (out, in, 3, 3, 3)
    private final Tensor bias; // (out)

    CausalConv3d(Weights w, long in, long out) {
        Weights conv = w.at("conv");
        Init init = Init.fanIn(in * KERNEL * KERNEL * KERNEL);
        weight = conv.tensor("weight", init, out, in, KERNEL, KERNEL, KERNEL);
        bias = conv.tensor("bias", init, out);
    }

    /** The tensor in the dtype and on the device of this convolution; itself where it is so already. */
    Tensor adopt(Tensor x) {
        return x.to(weight);
    }

    /** Whether derivatives are taken of what this makes of {@code x}. */
    boolean trains(Tensor x) {
        return GradMode.is_enabled() && (x.requires_grad() || weight.requires_grad());
    }

    /**
     * Convolves the next frames, in one piece; works under autograd.
     *
     * @param x (B, in, T, H, W)
     * @return (B, out, T, H, W)
     */
    Tensor forward(Tensor x, VaeRun run) {
        return Scopes.keep(() -> {
            @Nullable Tensor before = run.before(this);
            Tensor first = x.narrow(2, 0, 1); // (B, in, 1, H, W)
            Tensor padded =
                    before == null ? Tensors.cat(2, first, first, x) : Tensors.cat(2, before, x); // (B, in, T+2, H, W)
            run.keep(this, padded.narrow(2, x.size(2), BEFORE));
            return convolve(padded);
        });
    }

    /** As {@link #forward}, in slabs. */
    Slabs slabs(Tensor x, VaeRun run) {
        long length = run.slabLength(x.nbytes() / x.size(2) / x.size(1) * weight.size(0));
        return Slabs.make(x.size(2), length, (start, frames) -> forward(x.narrow(2, start, frames), run));
    }

    /** (B, in, T+2, H, W), two frames more in front, to (B, out, T, H, W). */
    Tensor convolve(Tensor padded) {
        return OneDnn.conv3d(padded, weight, Tensors.some(bias), UNIT, PADDING); // (B, out, T, H, W)
    }
}
