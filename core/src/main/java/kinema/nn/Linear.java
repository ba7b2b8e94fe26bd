package kinema.nn;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.LowRank;
import kinema.weights.Weights;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * An affine map of the last axis: x·Wᵀ + b, and a change of low rank where the tree has one. Immutable; safe to share between threads.
 *
 * <p>Many rows in float32 on a CPU go through oneDNN, as a convolution: on AMD processors with AVX-512 that has twice
 * the rate of MKL's matrix product, which the usual way would take.
 */
public final class Linear {
    private static final long ENOUGH_ROWS = 64; // for reordering the weights to be worth it
    private static final long[] UNIT = {1, 1};
    private static final long[] NONE = {0, 0};

    private final Tensor weight; // (out, in)
    private final @Nullable Tensor bias; // (out)

    private final @Nullable LowRank change;

    private Linear(Tensor weight, @Nullable Tensor bias, @Nullable LowRank change) {
        this.weight = weight;
        this.bias = bias;
        this.change = change;
    }

    /** A layer with bias, started as PyTorch starts it. */
    public Linear(Weights w, long in, long out) {
        this(w, in, out, Init.fanIn(in));
    }

    /** A layer with bias whose weight and bias both start with {@code init}. */
    public Linear(Weights w, long in, long out, Init init) {
        this(w.tensor("weight", init, out, in), w.tensor("bias", init, out), w.lowRank(in, out));
    }

    /** A layer whose weight starts with {@code init} and whose bias starts at zero. */
    public static Linear zeroBias(Weights w, long in, long out, Init init) {
        return new Linear(w.tensor("weight", init, out, in), w.tensor("bias", Init.ZEROS, out), w.lowRank(in, out));
    }

    /** A layer without bias. */
    public static Linear withoutBias(Weights w, long in, long out) {
        return new Linear(w.tensor("weight", Init.fanIn(in), out, in), null, w.lowRank(in, out));
    }

    /** The tensor in the dtype and on the device of this map; itself where it is so already. */
    public Tensor adopt(Tensor x) {
        return x.to(weight);
    }

    /**
     * Applies the map.
     *
     * @param x (…, in)
     * @return (…, out)
     */
    public Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            TensorOptional b = bias == null ? Tensors.none() : Tensors.some(bias);
            Tensor y = convolves(x) ? convolve(x.contiguous(), b) : torch.linear(x, weight, b); // (…, out)
            return change == null ? y : change.addTo(y, x); // (…, out)
        });
    }

    private boolean convolves(Tensor x) {
        return OneDnn.takes(x)
                && !(GradMode.is_enabled() && (x.requires_grad() || weight.requires_grad()))
                && x.numel() >= ENOUGH_ROWS * weight.size(1);
    }

    /** The same map as a convolution of one column of pixels with kernels of one pixel. */
    private Tensor convolve(Tensor x, TensorOptional b) {
        long in = weight.size(1);
        long out = weight.size(0);
        Tensor pixels = x.view(1, -1, 1, in).permute(0, 3, 1, 2); // (1, in, rows, 1)
        Tensor y = torch.mkldnn_convolution(pixels, weight.reshape(out, in, 1, 1), b, NONE, UNIT, UNIT, 1);
        long[] shape = x.shape();
        shape[shape.length - 1] = out;
        return y.permute(0, 2, 3, 1).view(shape); // (…, out)
    }
}
