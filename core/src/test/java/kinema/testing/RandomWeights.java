package kinema.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.WeightSource;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Random weights of a size at which every part of a network shows in its output; the same for the same seed. */
public final class RandomWeights implements WeightSource, AutoCloseable {
    private final Rng rng;
    private final Map<String, Tensor> leaves = new LinkedHashMap<>();

    /** Weights from a seed. */
    public RandomWeights(long seed) {
        rng = new Rng(seed);
    }

    @Override
    public Tensor leaf(String key, Init init, long[] shape) {
        return leaves.computeIfAbsent(key, k -> Scopes.own(Scopes.keep(() -> random(k, shape))));
    }

    /** The weights made so far, by key. */
    public Map<String, Tensor> leaves() {
        return leaves;
    }

    private Tensor random(String key, long... shape) {
        Tensor r = rng.randn(shape);
        if (shape.length == 1) {
            boolean scale = key.contains("norm") && key.endsWith("weight");
            return r.mul(new Scalar(0.2)).add(new Scalar(scale ? 1.0 : 0.0));
        }
        List<Long> inputs = new ArrayList<>();
        for (int i = 1; i < shape.length; i++) {
            inputs.add(shape[i]);
        }
        double fanIn = inputs.stream().reduce(1L, Math::multiplyExact);
        return r.mul(new Scalar(key.contains("embedding") ? 0.5 : 1 / Math.sqrt(fanIn)));
    }

    @Override
    public void close() {
        leaves.values().forEach(Scopes::free);
        rng.close();
    }
}
