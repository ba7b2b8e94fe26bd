package kinema.system;

import java.util.Map;
import java.util.Optional;
import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/**
 * The steps of a stage of a system: of a diffusion model "predict, guide, step", of a language model the next token.
 * {@link Steps} takes them.
 *
 * <p>A step depends on the state it is given and on nothing that was done before: a run which is interrupted goes on with a
 * new stepper. What a stepper holds beside weights, such as a cache of keys and values, it makes anew from the state, with
 * the same bytes.
 */
public interface Stepper {
    /** How many steps the stage has, those of all its parts together. */
    int count();

    /**
     * Takes the step after those that are done.
     *
     * @param rng the run's random numbers; the order of draws is part of its result
     * @return what takes the place of the state's changing tensors, under the same names, in the caller's scope
     */
    Map<String, Tensor> step(RunState state, Rng rng);

    /** The part of the stage that a step belongs to, such as {@code window 2 of 7}; empty where the stage has no parts. */
    default Optional<String> part(int step) {
        return Optional.empty();
    }

    /** Hands results that are not frames to an observer, after a step that led to this state. */
    default void show(RunState state, RunObserver observer) {}

    /** Small pictures (F, h, w, 3) in [0, 1] of what is being made; empty where none can be made quickly. */
    default Optional<Tensor> preview(RunState state) {
        return Optional.empty();
    }

    /** Where numbers stop being finite in the step that this state leads to, in words; asked once they have. */
    default String whereNotFinite(RunState state) {
        return "the network's output";
    }
}
