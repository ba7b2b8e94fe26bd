package kinema.nn;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** An affine map of the last axis: x·Wᵀ + b. Immutable; safe to share between threads. */
public final class Linear {
    private final Tensor weight; // (out, in)
    private final @Nullable Tensor bias; // (out)

    private Linear(Tensor weight, @Nullable Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /** A layer with bias, started as PyTorch starts it. */
    public Linear(Weights w, long in, long out) {
        this(w, in, out, Init.fanIn(in));
    }

    /** A layer with bias whose weight and bias both start with {@code init}. */
    public Linear(Weights w, long in, long out, Init init) {
        this(w.tensor("weight", init, out, in), w.tensor("bias", init, out));
    }

    /** A layer whose weight starts with {@code init} and whose bias starts at zero. */
    public static Linear zeroBias(Weights w, long in, long out, Init init) {
        return new Linear(w.tensor("weight", init, out, in), w.tensor("bias", Init.ZEROS, out));
    }

    /** A layer without bias. */
    public static Linear withoutBias(Weights w, long in, long out) {
        return new Linear(w.tensor("weight", Init.fanIn(in), out, in), null);
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
        return Scopes.keep(
                () -> torch.linear(x, weight, bias == null ? Tensors.none() : Tensors.some(bias))); // (…, out)
    }
}
