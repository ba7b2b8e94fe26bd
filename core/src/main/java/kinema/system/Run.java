package kinema.system;

import java.util.function.Supplier;
import kinema.memory.MemoryPlan;
import org.bytedeco.pytorch.Tensor;

/**
 * One run of a pipeline: what it makes, and those it has to do with meanwhile.
 *
 * @param sampling what is to be made
 * @param plan how it was to be run when it was prepared
 * @param pictures those of the condition as {@link PipelineRules#pictures} says, (T, H, W, 3) uint8, in the caller's scope;
 *     asked for where there is a condition and no saved state that holds what they became
 * @param store holds the state to go on from, if there is one, and saves that of this run
 * @param observer is told of all that happens
 */
public record Run(
        Sampling sampling, MemoryPlan plan, Supplier<Tensor> pictures, StateStore store, RunObserver observer) {}
