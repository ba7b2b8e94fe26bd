package kinema.nn;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * A convolution of pictures with bias.
 *
 * <p>Axes: B batch, H rows, W columns. Immutable; safe to share between threads.
 */
public final class Conv2d {
    private final Tensor weight; // (out, in, kernel, kernel)
    private final Tensor bias; // (out)
    private final long[] stride;
    private final long[] padding;

    /** A convolution that keeps rows and columns: stride 1, zeros around. */
    public Conv2d(Weights w, long in, long out, long kernel) {
        this(w, in, out, kernel, 1, kernel / 2);
    }

    private Conv2d(Weights w, long in, long out, long kernel, long stride, long padding) {
        Init init = Init.fanIn(in * kernel * kernel);
        weight = w.tensor("weight", init, out, in, kernel, kernel);
        bias = w.tensor("bias", init, out);
        this.stride = new long[] {stride, stride};
        this.padding = new long[] {padding, padding};
    }

    /** A convolution of 3×3 that takes every second row and column. */
    public static Conv2d halving(Weights w, long channels, long padding) {
        return new Conv2d(w, channels, channels, 3, 2, padding);
    }

    /** The tensor in the dtype and on the device of this convolution; itself where it is so already. */
    public Tensor adopt(Tensor x) {
        return x.to(weight);
    }

    /**
     * Convolves.
     *
     * @param x (B, in, H, W)
     * @return (B, out, H', W')
     */
    public Tensor forward(Tensor x) {
        return Scopes.keep(() -> Kernels.conv2d(x, weight, Tensors.some(bias), stride, padding)); // (B, out, H', W')
    }
}
