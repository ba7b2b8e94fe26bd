package kinema.weights;

import java.util.function.Function;
import java.util.function.ToLongFunction;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * What the weights of a network weigh, in bytes, without any being read.
 *
 * @param all of them
 * @param outside those that belong to no part
 * @param largestPart those of its largest part
 * @param largestMatrix the largest tensor of that part
 */
public record WeightTally(long all, long outside, long largestPart, long largestMatrix) {
    /** Counts while a network is made of tensors without contents. */
    private static final class Scale implements WeightSource {
        private final ToLongFunction<LeafSpec> bytes;
        private long all;
        private long outside;
        private long largestPart;
        private long largestMatrix;
        private long largestHere; // in the part that is being made
        private int asked;
        private boolean inside;

        private Scale(ToLongFunction<LeafSpec> bytes) {
            this.bytes = bytes;
        }

        @Override
        public Tensor leaf(String key, Init init, long[] shape) {
            Tensor leaf = ShapeTree.leaf(key, ++asked, shape);
            long size = bytes.applyAsLong(new LeafSpec(key, init, shape));
            all = Math.addExact(all, size);
            outside += inside ? 0 : size;
            largestHere = Math.max(largestHere, size);
            return leaf;
        }

        /** A part within a part counts as a piece of the outer one. */
        @Override
        public <T> OnDemand<T> part(Weights at, Function<Weights, T> make) {
            boolean outermost = !inside;
            long before = all;
            largestHere = outermost ? 0 : largestHere;
            inside = true;
            T made = make.apply(at);
            inside = !outermost;
            if (all - before > largestPart) {
                largestPart = all - before;
                largestMatrix = largestHere;
            }
            return new OnDemand.Kept<>(made);
        }
    }

    /**
     * Weighs a network.
     *
     * @param network its constructor
     * @param bytes what a leaf weighs
     */
    public static WeightTally of(Function<Weights, ?> network, ToLongFunction<LeafSpec> bytes) {
        Scale scale = new Scale(bytes);
        Scopes.run(() -> {
            var unused = network.apply(new Weights(scale));
        });
        return new WeightTally(scale.all, scale.outside, scale.largestPart, scale.largestMatrix);
    }

    /** What is in memory while one part is used and the others are not; a matrix may be there twice, see {@link #used}. */
    public long streamed() {
        return used(outside + largestPart);
    }

    /** What is in memory while all of the network is used. */
    public long resident() {
        return used(all);
    }

    /** oneDNN copies a matrix into an order of its own while it multiplies. */
    private long used(long bytes) {
        return bytes + largestMatrix;
    }
}
