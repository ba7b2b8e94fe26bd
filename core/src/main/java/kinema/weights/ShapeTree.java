package kinema.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import kinema.tensor.Quantization;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Learns what parameters a network has without allocating them: leaves are tensors of libtorch's meta device. */
public final class ShapeTree {
    /** Ten times what the largest published networks have. */
    private static final int MAX_LEAVES = 20_000;

    private ShapeTree() {}

    /**
     * The leaves that {@code network} asks for when it is made from a tree, in order.
     *
     * @throws WeightsException when they are more, or larger, than those of any network
     */
    public static List<LeafSpec> of(Function<Weights, ?> network) {
        List<LeafSpec> leaves = new ArrayList<>();
        Scopes.run(() -> {
            var unused = network.apply(new Weights((key, init, shape) -> {
                leaves.add(new LeafSpec(key, init, shape));
                return leaf(key, leaves.size(), shape);
            }));
        });
        return List.copyOf(leaves);
    }

    /**
     * A leaf without contents.
     *
     * @param asked how many leaves the network has asked for, this one included
     * @throws WeightsException when that is more than any network asks for, or there can be no such tensor
     */
    static Tensor leaf(String key, int asked, long[] shape) {
        if (asked > MAX_LEAVES) {
            throw new WeightsException("the network would have more than " + MAX_LEAVES + " tensors, '" + key
                    + "' among them; its config.json is damaged, or made to do harm");
        }
        if (!canBe(shape)) {
            throw new WeightsException("'" + key + "' would have the shape " + Shapes.text(shape)
                    + ", which no tensor has; the network's config.json is damaged");
        }
        return Tensors.meta(ScalarType.Float, shape);
    }

    /** Whether a tensor can have this shape. */
    static boolean canBe(long[] shape) {
        try {
            return Arrays.stream(shape).allMatch(size -> size >= 0)
                    && Math.multiplyExact(Shapes.count(shape), Double.BYTES) >= 0;
        } catch (ArithmeticException e) {
            return false;
        }
    }

    /** The root of a tree whose leaves are float32, have no contents, and derivatives. They belong to the scope they are asked for in. */
    public static Weights trained() {
        return trained(key -> true);
    }

    /** The same where only some have derivatives. */
    public static Weights trained(Predicate<String> which) {
        return new Weights(
                (key, init, shape) -> Tensors.meta(ScalarType.Float, shape).set_requires_grad(which.test(key)));
    }

    /** The root of a tree whose leaves have this dtype and no contents. They belong to the scope they are asked for in. */
    public static Weights meta(ScalarType dtype) {
        return meta(dtype, Quantization.OFF);
    }

    /** The same with the matrices of quantizable linear maps in so many bits. */
    public static Weights meta(ScalarType dtype, Quantization quantization) {
        return new Weights(new WeightSource() {
            @Override
            public Tensor leaf(String key, Init init, long[] shape) {
                return Tensors.meta(dtype, shape);
            }

            @Override
            public Matrix matrix(String key, Init init, long[] shape) {
                return quantization == Quantization.INT8
                        ? Matrix.meta(shape)
                        : WeightSource.super.matrix(key, init, shape);
            }
        });
    }
}
