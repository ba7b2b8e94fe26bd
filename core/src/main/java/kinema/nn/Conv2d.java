package kinema.nn;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of pictures, with bias unless it says otherwise.
 *
 * <p>Axes: B batch, H rows, W columns. Immutable; safe to share between threads.
 */
public final class Conv2d {
    private final Tensor weight; // (out, in, kernel, kernel)
    private final @Nullable Tensor bias; // (out)
    private final long[] stride;
    private final long[] padding;
    private final boolean paddedAtEnd;

    /** A convolution that keeps rows and columns: stride 1, zeros around. */
    public Conv2d(Weights w, long in, long out, long kernel) {
        this(w, in, out, kernel, 1, kernel / 2, false);
    }

    private Conv2d(Weights w, long in, long out, long kernel, long stride, long padding, boolean paddedAtEnd) {
        this(weight(w, in, out, kernel), w.tensor("bias", init(in, kernel), out), stride, padding, paddedAtEnd);
    }

    private Conv2d(Tensor weight, @Nullable Tensor bias, long stride, long padding, boolean paddedAtEnd) {
        this.weight = weight;
        this.bias = bias;
        this.stride = new long[] {stride, stride};
        this.padding = new long[] {padding, padding};
        this.paddedAtEnd = paddedAtEnd;
    }

    /** As {@link #Conv2d(Weights, long, long, long)} without bias. */
    public static Conv2d withoutBias(Weights w, long in, long out, long kernel) {
        return withoutBias(w, in, out, kernel, init(in, kernel));
    }

    /** The same whose weight starts with {@code init}. */
    public static Conv2d withoutBias(Weights w, long in, long out, long kernel, Init init) {
        return new Conv2d(w.tensor("weight", init, out, in, kernel, kernel), null, 1, kernel / 2, false);
    }

    /** A convolution of 3×3 that takes every second row and column, zeros around. */
    public static Conv2d halving(Weights w, long channels) {
        return new Conv2d(w, channels, channels, 3, 2, 1, false);
    }

    /** The same with zeros on the right and below alone, as encoders of pictures have it. */
    public static Conv2d halvingPaddedAtEnd(Weights w, long channels) {
        return new Conv2d(w, channels, channels, 3, 2, 0, true);
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
        return Scopes.keep(() -> {
            Tensor in = paddedAtEnd ? torch.constant_pad_nd(x, new long[] {0, 1, 0, 1}, new Scalar(0.0)) : x;
            TensorOptional added = bias == null ? Tensors.none() : Tensors.some(bias);
            return Kernels.conv2d(in, weight, added, stride, padding); // (B, out, H', W')
        });
    }

    private static Tensor weight(Weights w, long in, long out, long kernel) {
        return w.tensor("weight", init(in, kernel), out, in, kernel, kernel);
    }

    private static Init init(long in, long kernel) {
        return Init.fanIn(in * kernel * kernel);
    }
}
