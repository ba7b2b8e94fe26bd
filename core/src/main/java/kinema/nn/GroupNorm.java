package kinema.nn;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Group normalisation of axis 1 with scale and bias. Immutable; safe to share between threads. */
public final class GroupNorm {
    private final long groups;
    private final double eps;
    private final Tensor weight; // (channels)
    private final Tensor bias; // (channels)

    /** A norm over {@code groups} groups of {@code channels} channels. */
    public GroupNorm(Weights w, long channels, long groups, double eps) {
        this.groups = groups;
        this.eps = eps;
        weight = w.tensor("weight", Init.ONES, channels);
        bias = w.tensor("bias", Init.ZEROS, channels);
    }

    /**
     * Normalises.
     *
     * @param x (B, channels, …)
     * @return the shape of {@code x}
     */
    public Tensor forward(Tensor x) {
        return Scopes.keep(
                () -> torch.group_norm(x, groups, Tensors.some(weight), Tensors.some(bias), eps, true)); // as x
    }
}
