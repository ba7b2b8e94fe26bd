package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import kinema.diffusion.MemoryException;
import kinema.diffusion.MemoryPlan;
import kinema.tensor.Residency;

/** The plans of the requests that a model serves at the moment. Thread-safe. */
final class RunningPlans {
    /**
     * What requests that run take, each at its own peak, since these may come together.
     *
     * @param own bytes beside the transformer
     * @param transformer whether one of them has all of the transformer in memory, or will
     * @param limit what all may use together: that of the first, as its memory is no longer free; empty if none runs
     */
    record Taken(long own, boolean transformer, OptionalLong limit) {
        static final Taken NOTHING = new Taken(0, false, OptionalLong.empty());
    }

    private final List<MemoryPlan> plans = new ArrayList<>();
    private OptionalLong limit = OptionalLong.empty();

    /** What those that run take now. */
    synchronized Taken taken() {
        long own = plans.stream().mapToLong(MemoryPlan::own).sum();
        return new Taken(own, plans.stream().anyMatch(plan -> plan.residency() != Residency.STREAMED), limit);
    }

    /**
     * Plans a request beside those that run; it is one of them until {@link #end}.
     *
     * @throws MemoryException when it does not fit beside them
     */
    synchronized MemoryPlan begin(Function<Taken, MemoryPlan> planner) {
        MemoryPlan plan = planner.apply(taken()).required();
        if (plans.isEmpty()) {
            limit = OptionalLong.of(plan.limit());
        }
        plans.add(plan);
        return plan;
    }

    synchronized void end(MemoryPlan plan) {
        plans.remove(plan);
        if (plans.isEmpty()) {
            limit = OptionalLong.empty();
        }
    }
}
