package kinema.diffusion;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** How a run comes by the guided velocity of each of its steps. */
@FunctionalInterface
public interface Predictor {
    /** Every step is computed, and nothing is kept. */
    Predictor PLAIN = (i, memory, network) -> new Prediction(network.velocity(), Memory.of(Map.of()));

    /**
     * What a step leaves for the next ones; part of the run's state.
     *
     * @param older what the last computed step but one left; null where there is none, or nothing needs it
     * @param newer what the last computed step left; null before the first
     * @param errors (1 + steps) float32, see {@link StepCache}; null before the first step
     */
    record Memory(
            @Nullable Tensor older,
            @Nullable Tensor newer,
            @Nullable Tensor errors) {
        private static final String OLDER = "cache.older";
        private static final String NEWER = "cache.newer";
        private static final String ERRORS = "cache.errors";

        /** That of a run's state; an empty one where it holds none. */
        public static Memory of(Map<String, Tensor> tensors) {
            return new Memory(tensors.get(OLDER), tensors.get(NEWER), tensors.get(ERRORS));
        }

        /** Its tensors by the names under which {@link #of} finds them. */
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> named = new LinkedHashMap<>();
            put(named, OLDER, older);
            put(named, NEWER, newer);
            put(named, ERRORS, errors);
            return named;
        }

        private static void put(Map<String, Tensor> named, String name, @Nullable Tensor tensor) {
            if (tensor != null) {
                named.put(name, tensor);
            }
        }
    }

    /**
     * What a step is taken with.
     *
     * @param velocity the network's or an estimate
     * @param memory for the next step
     */
    record Prediction(Tensor velocity, Memory memory) {}

    /** The velocity of step {@code i}; all tensors in the caller's scope. */
    Prediction predict(int i, Memory memory, StepNetwork network);
}
