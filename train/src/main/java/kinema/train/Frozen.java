package kinema.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import kinema.tensor.Scopes;
import kinema.weights.StoredTensor;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weights of a network that training leaves as they are, beside those that it moves: computed with in float32, and stored as they were.
 * Holds native memory until closed.
 */
public final class Frozen implements AutoCloseable {
    private final Map<String, Tensor> values = new LinkedHashMap<>(); // float32
    private final Map<String, ScalarType> storedAs = new LinkedHashMap<>();

    /** Some of a checkpoint's. */
    public static Frozen of(Map<String, StoredTensor> stored, Predicate<String> which) {
        Frozen frozen = new Frozen();
        try {
            stored.forEach((key, tensor) -> {
                if (which.test(key)) {
                    frozen.put(key, tensor);
                }
            });
            return frozen;
        } catch (RuntimeException e) {
            frozen.close();
            throw e;
        }
    }

    private void put(String key, StoredTensor tensor) {
        values.put(key, Scopes.own(Scopes.keep(() -> tensor.read().to(ScalarType.Float, false, true, null))));
        storedAs.put(key, tensor.dtype());
    }

    /** The same node of a tree of what is trained, with these leaves in it. */
    public Weights beside(Weights trained) {
        return new Weights((key, init, shape) -> {
            Tensor there = values.get(key);
            return there == null ? trained.tensor(key, init, shape) : there;
        });
    }

    /** All by their keys, in the caller's scope, in the dtypes they came in. */
    public Map<String, Tensor> stored() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        values.forEach((key, tensor) -> all.put(key, tensor.to(Objects.requireNonNull(storedAs.get(key)))));
        return all;
    }

    @Override
    public void close() {
        values.values().forEach(Scopes::free);
        values.clear();
    }
}
