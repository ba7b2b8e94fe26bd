package kinema.diffusion;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a run stands between two of its steps: with the request and the weights, all that the steps to come depend on.
 *
 * @param done steps taken
 * @param at the latents
 * @param rng state of the random numbers, as {@link kinema.tensor.Rng#state} gives it
 * @param fixed what the network is given unchanged at every step, such as text states, by the system's own names
 */
public record DenoisingState(int done, Denoised at, Tensor rng, Map<String, Tensor> fixed) {
    /** Keeps a copy of the map. */
    public DenoisingState {
        fixed = Map.copyOf(fixed);
    }

    /** The state a step leads to. */
    public DenoisingState next(Denoised latents, Tensor rngState) {
        return new DenoisingState(done + 1, latents, rngState, fixed);
    }

    /** The tensors that the next step replaces. */
    public List<Tensor> changing() {
        List<Tensor> tensors = new ArrayList<>(at.tensors());
        tensors.add(rng);
        return tensors;
    }
}
