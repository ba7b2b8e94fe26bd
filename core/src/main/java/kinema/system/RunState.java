package kinema.system;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands between two of its steps: with the request and the weights, all that the steps to come depend on.
 *
 * <p>Tensors go by the system's own names. What finished stages made for later ones is among the fixed.
 *
 * @param stage the name of the {@link Stage} it is in
 * @param done steps of the stage that were taken, those of all its parts together
 * @param changing the tensors that every step replaces, such as latents, or tokens; an absent name is one there is not yet
 * @param rng state of the random numbers, as {@link kinema.tensor.Rng#state} gives it
 * @param fixed the tensors that stay the same throughout the stage, such as text states
 */
public record RunState(String stage, int done, Map<String, Tensor> changing, Tensor rng, Map<String, Tensor> fixed) {
    /** Keeps copies of the maps. */
    public RunState {
        changing = Collections.unmodifiableMap(new LinkedHashMap<>(changing));
        fixed = Collections.unmodifiableMap(new LinkedHashMap<>(fixed));
    }

    /** The state a step leads to. */
    public RunState next(Map<String, Tensor> changed, Tensor rngState) {
        return new RunState(stage, done + 1, changed, rngState, fixed);
    }

    /** A tensor that every step replaces. */
    public Tensor changing(String name) {
        return required(changing, name);
    }

    /** A tensor that stays the same. */
    public Tensor fixed(String name) {
        return required(fixed, name);
    }

    /** All that the next step replaces, the random numbers' state too. */
    public List<Tensor> replaced() {
        List<Tensor> tensors = new ArrayList<>(changing.values());
        tensors.add(rng);
        return tensors;
    }

    private static Tensor required(Map<String, Tensor> tensors, String name) {
        @Nullable Tensor found = tensors.get(name);
        if (found == null) {
            Collection<String> names = tensors.keySet();
            throw new IllegalStateException("the run's state has no tensor '" + name + "', only " + names);
        }
        return found;
    }
}
