package kinema.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The trainable parameters of one network: views of a single flat float32 tensor, and so are their gradients.
 *
 * <p>An optimiser, a gradient norm or a moving average then is a handful of operations on one vector. Not thread-safe.
 */
public final class Parameters implements WeightSource, AutoCloseable {
    private final List<LeafSpec> leaves;
    private final Map<String, Tensor> views = new LinkedHashMap<>();
    private final List<Tensor> gradients = new ArrayList<>();
    private final Tensor values; // (P)
    private final Tensor gradient; // (P)

    private Parameters(List<LeafSpec> leaves) {
        this.leaves = leaves;
        long total = leaves.stream().mapToLong(LeafSpec::count).sum();
        values = Scopes.own(Tensors.zeros(ScalarType.Float, total));
        gradient = Scopes.own(Tensors.zeros(ScalarType.Float, total));
        long offset = 0;
        for (LeafSpec leaf : leaves) {
            Tensor view = view(values, offset, leaf);
            views.put(leaf.key(), view);
            gradients.add(view(gradient, offset, leaf));
            offset += leaf.count();
        }
    }

    /** New parameters of the network that {@code network} makes, started as its layers ask. */
    public static Parameters init(Function<Weights, ?> network, Rng rng) {
        Parameters p = new Parameters(ShapeTree.of(network));
        for (LeafSpec leaf : p.leaves) {
            Tensor view = p.tensor(leaf.key());
            leaf.init().fill(view, rng);
        }
        p.track();
        return p;
    }

    /**
     * Parameters that start as a checkpoint's weights, to be trained on.
     *
     * @throws WeightsException listing all keys that are missing, left over or of another shape
     */
    public static Parameters of(Function<Weights, ?> network, Checkpoint checkpoint) {
        checkpoint.check(network);
        return of(network, checkpoint::stored);
    }

    /**
     * Parameters that start as {@code saved} gives them by key, in any dtype.
     *
     * @throws WeightsException when one is of another shape than the network needs
     */
    public static Parameters of(Function<Weights, ?> network, Function<String, Tensor> saved) {
        Parameters p = new Parameters(ShapeTree.of(network));
        for (LeafSpec leaf : p.leaves) {
            Scopes.run(() -> {
                Tensor tensor = saved.apply(leaf.key());
                if (!Arrays.equals(tensor.shape(), leaf.shape())) {
                    throw new WeightsException("'" + leaf.key() + "' needs " + Shapes.text(leaf.shape()) + ", saved is "
                            + Shapes.text(tensor.shape()) + "; it was saved for another network");
                }
                p.tensor(leaf.key()).copy_(tensor);
            });
        }
        p.track();
        return p;
    }

    /** Total number of elements. */
    public long count() {
        return values.numel();
    }

    /** All parameters in one vector, (P). */
    public Tensor values() {
        return values;
    }

    /** All gradients in one vector, (P); backward passes add to it. */
    public Tensor gradient() {
        return gradient;
    }

    /**
     * One parameter, a view of {@link #values}.
     *
     * @throws WeightsException when the network has none of that name
     */
    public Tensor tensor(String key) {
        Tensor view = views.get(key);
        if (view == null) {
            throw new WeightsException(
                    "no parameter '" + key + "'; the network asks for other keys than when it was made");
        }
        return view;
    }

    /** The named parts of another flat vector of the same layout, such as a moving average; in order. */
    public Map<String, Tensor> parts(Tensor flat) {
        Map<String, Tensor> parts = new LinkedHashMap<>();
        long offset = 0;
        for (LeafSpec leaf : leaves) {
            parts.put(leaf.key(), flat.narrow(0, offset, leaf.count()).view(leaf.shape()));
            offset += leaf.count();
        }
        return parts;
    }

    @Override
    public Tensor leaf(String key, Init init, long[] shape) {
        return tensor(key);
    }

    @Override
    public void close() {
        views.values().forEach(Scopes::free);
        gradients.forEach(Scopes::free);
        Scopes.free(values);
        Scopes.free(gradient);
    }

    private void track() {
        Scopes.run(() -> {
            int i = 0;
            for (Tensor view : views.values()) {
                view.requires_grad_(true);
                view.mutable_grad().put(gradients.get(i++));
            }
        });
    }

    private static Tensor view(Tensor flat, long offset, LeafSpec leaf) {
        return Scopes.own(Scopes.keep(
                () -> flat.narrow(0, offset, leaf.count()).view(leaf.shape()).detach()));
    }
}
