package kinema.weights;

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
}
