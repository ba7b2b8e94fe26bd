package kinema.nn;

import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

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
