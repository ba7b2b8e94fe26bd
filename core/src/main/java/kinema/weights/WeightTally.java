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
 */
public record WeightTally(long all, long outside, long largestPart) {
    /** Counts while a network is made of tensors without contents. */
    private static final class Scale implements WeightSource {
        private final ToLongFunction<LeafSpec> bytes;
        private final ToLongFunction<LeafSpec> matrices;
        private long all;
        private long outside;
        private long largestPart;
        private int asked;
        private boolean inside;

        private Scale(ToLongFunction<LeafSpec> bytes, ToLongFunction<LeafSpec> matrices) {
            this.bytes = bytes;
            this.matrices = matrices;
        }

        @Override
        public Tensor leaf(String key, Init init, long[] shape) {
            return weigh(new LeafSpec(key, init, shape), bytes);
        }

        @Override
        public Matrix matrix(String key, Init init, long[] shape) {
            return Matrix.plain(weigh(new LeafSpec(key, init, shape), matrices));
        }

        private Tensor weigh(LeafSpec spec, ToLongFunction<LeafSpec> by) {
            Tensor leaf = ShapeTree.leaf(spec.key(), ++asked, spec.shape());
            long size = by.applyAsLong(spec);
            all = Math.addExact(all, size);
            outside += inside ? 0 : size;
            return leaf;
        }

        /** A part within a part counts as a piece of the outer one. */
        @Override
        public <T> OnDemand<T> part(Weights at, Function<Weights, T> make) {
            boolean outermost = !inside;
            long before = all;
            inside = true;
            T made = make.apply(at);
            inside = !outermost;
            largestPart = Math.max(largestPart, all - before);
            return new OnDemand.Always<>(made);
        }
    }

    /**
     * Weighs a network.
     *
     * @param network its constructor
     * @param bytes what a leaf weighs
     */
    public static WeightTally of(Function<Weights, ?> network, ToLongFunction<LeafSpec> bytes) {
        return of(network, bytes, bytes);
    }

    /** The same where the matrices of quantizable linear maps weigh otherwise. */
    static WeightTally of(
            Function<Weights, ?> network, ToLongFunction<LeafSpec> bytes, ToLongFunction<LeafSpec> matrices) {
        Scale scale = new Scale(bytes, matrices);
        Scopes.run(() -> {
            var unused = network.apply(new Weights(scale));
        });
        return new WeightTally(scale.all, scale.outside, scale.largestPart);
    }

    /** What is in memory while one part is used and the others are not. */
    public long streamed() {
        return outside + largestPart;
    }
}
