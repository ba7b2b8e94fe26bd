package kinema.nn;

import kinema.nn.OneDnn.Product;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.LowRank;
import kinema.weights.Matrix;
import kinema.weights.Weights;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * An affine map of the last axis: x·Wᵀ + b, and a change of low rank where the tree has one. Immutable; safe to share between threads.
 *
 * <p>Many rows in float32 go through oneDNN, as a convolution, on the processors where {@link OneDnnRule} knows that to be
 * faster than MKL's matrix product, which is the usual way. A weight of 16 bits is widened for an input of 32, see
 * {@link WideProduct}, and one of 8 bits multiplied as {@link ByteProduct} says.
 */
public final class Linear {
    private static final long ENOUGH_ROWS = 64; // for another order or dtype of the weights to be worth it

    private final Matrix matrix; // (out, in)
    private final Tensor weight; // its numbers
    private final @Nullable Tensor bias; // (out)

    private final @Nullable LowRank change;

    private Linear(Matrix matrix, @Nullable Tensor bias, @Nullable LowRank change) {
        this.matrix = matrix;
        weight = matrix.numbers();
        this.bias = bias;
        this.change = change;
    }

    /** A layer with bias, started as PyTorch starts it. */
    public Linear(Weights w, long in, long out) {
        this(w, in, out, Init.fanIn(in));
    }

    /** A layer with bias whose weight and bias both start with {@code init}. */
    public Linear(Weights w, long in, long out, Init init) {
        this(w.matrix(init, out, in), w.tensor("bias", init, out), w.lowRank(in, out));
    }

    /** A layer whose weight starts with {@code init} and whose bias starts at zero. */
    public static Linear zeroBias(Weights w, long in, long out, Init init) {
        return new Linear(w.matrix(init, out, in), w.tensor("bias", Init.ZEROS, out), w.lowRank(in, out));
    }

    /** A layer without bias. */
    public static Linear withoutBias(Weights w, long in, long out) {
        return new Linear(w.matrix(Init.fanIn(in), out, in), null, w.lowRank(in, out));
    }

    /** The tensor in the dtype and on the device of this map; itself where it is so already. No map in 8 bits has one. */
    public Tensor adopt(Tensor x) {
        if (matrix.scale() != null) {
            throw new IllegalStateException("a map in 8 bits has no dtype for what it is given");
        }
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
            if (matrix.scale() != null) {
                Tensor product = ByteProduct.of(x, matrix, bias); // (…, out)
                return change == null ? product : change.addTo(product, x); // (…, out)
            }
            if (WideProduct.isOf(x, weight)) {
                Tensor product = WideProduct.of(x, weight); // (…, out)
                Tensor wide = bias == null ? product : product.add_(bias);
                return change == null ? wide : change.addTo(wide, x); // (…, out)
            }
            TensorOptional b = bias == null ? Tensors.none() : Tensors.some(bias);
            // Asked for even where it is not taken: it tries oneDNN, which libtorch may use.
            Product way = OneDnn.product(x);
            Tensor y = switch (isWorthIt(x) ? way : Product.AS_IT_IS) {
                case AS_CONVOLUTION -> OneDnn.multiply(x, weight, b);
                case IN_FLOAT -> inFloat(x);
                case AS_IT_IS -> torch.linear(x, weight, b);
            }; // (…, out)
            return change == null ? y : change.addTo(y, x); // (…, out)
        });
    }

    private boolean isWorthIt(Tensor x) {
        boolean trains = GradMode.is_enabled() && (x.requires_grad() || weight.requires_grad());
        return !trains && x.numel() >= ENOUGH_ROWS * weight.size(1);
    }

    private Tensor inFloat(Tensor x) {
        TensorOptional b = bias == null ? Tensors.none() : Tensors.some(OneDnn.wide(bias));
        return torch.linear(OneDnn.wide(x), OneDnn.wide(weight), b).to(x.scalar_type()); // (…, out)
    }
}
