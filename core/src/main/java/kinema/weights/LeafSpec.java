package kinema.weights;

import kinema.tensor.Shapes;

/**
 * One parameter a network asks for.
 *
 * @param key full name in the checkpoint
 * @param init its start in training
 * @param shape its shape; not to be changed
 */
public record LeafSpec(String key, Init init, long[] shape) {
    /** Number of elements. */
    public long count() {
        return Shapes.count(shape);
    }
}
