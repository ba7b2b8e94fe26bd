package kinema.nn;

import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Layer normalisation of the last axis with scale and bias. Immutable; safe to share between threads. */
public final class LayerNorm {
    private final double eps;
    private final Tensor weight; // (width)
    private final Tensor bias; // (width)

    /** A norm over {@code width} elements. */
    public LayerNorm(Weights w, long width, double eps) {
        this.eps = eps;
        weight = w.tensor("weight", Init.ONES, width);
        bias = w.tensor("bias", Init.ZEROS, width);
    }

    /** The tensor in the dtype and on the device of this norm; itself where it is so already. */
    public Tensor adopt(Tensor x) {
        return x.to(weight);
    }

    /** The dtype it computes in. */
    public ScalarType dtype() {
        return weight.scalar_type();
    }

    /**
     * Normalises.
     *
     * @param x (…, width)
     * @return (…, width)
     */
    public Tensor forward(Tensor x) {
        return Scopes.keep(() -> Kernels.layerNorm(x, weight, bias, eps)); // (…, width)
    }
}
