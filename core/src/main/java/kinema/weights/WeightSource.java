package kinema.weights;

import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;

/**
 * Where the leaves of a weight tree come from. The source owns the tensors it hands out; they live until it is closed.
 */
@FunctionalInterface
public interface WeightSource {
    /**
     * The tensor of one leaf.
     *
     * @param key full name, dots between the levels
     * @param init how to start it where there is nothing to load
     * @param shape the shape the network needs
     */
    Tensor leaf(String key, Init init, long[] shape);

    /**
     * The matrix of a linear map that may be in 8 bits where the source is asked for that; here it is a leaf like any other.
     *
     * @param key full name, dots between the levels
     * @param shape (out, in)
     */
    default Matrix matrix(String key, Init init, long[] shape) {
        return Matrix.plain(leaf(key, init, shape));
    }

    /**
     * A part of the network that is used as a whole. Unless a source does otherwise it is made at once and kept.
     *
     * @param at the part's node, over this source or one that stands before it
     * @param make makes the part from its node; called again whenever the part's weights are fetched again
     */
    default <T> OnDemand<T> part(Weights at, Function<Weights, T> make) {
        return new OnDemand.Always<>(make.apply(at));
    }
}
