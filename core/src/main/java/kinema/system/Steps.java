package kinema.system;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Takes the steps of a run's stages: the one loop of all systems. It offers every state to the run's store, has the last
 * one saved when the run ends, is cancelled or fails, tells the observer, and refuses numbers that are not finite. For one
 * run.
 *
 * <p>All that changes from step to step is in a {@link RunState}, and a run without interruption starts from one too, so one
 * that goes on takes the same way through the code and ends with the same bytes.
 */
public final class Steps {
    private final StateStore store;
    private final RunObserver observer;

    /** For a run with this store and observer. */
    public Steps(StateStore store, RunObserver observer) {
        this.store = store;
        this.observer = observer;
    }

    /**
     * Takes the steps of a stage that are left.
     *
     * @param start where to begin; its changing tensors are freed step by step
     * @return the state after the last step, its changing tensors in the caller's scope
     * @throws java.util.concurrent.CancellationException when the observer ended it
     * @throws NotFiniteException when numbers stop being finite, naming the step
     */
    public RunState run(RunState start, Stepper stepper) {
        try (Rng rng = Rng.from(start.rng())) {
            return Scopes.keepAll(() -> run(start, stepper, rng), RunState::replaced);
        }
    }

    private RunState run(RunState start, Stepper stepper, Rng rng) {
        RunState state = start;
        Optional<String> part = Optional.empty();
        try {
            store.offer(state);
            while (state.done() < stepper.count()) {
                observer.checkCancelled();
                part = tell(stepper.part(state.done()), part);
                state = step(state, stepper, rng);
                observer.step(state.done(), stepper.count());
                show(state, stepper);
                store.offer(state);
            }
        } catch (RuntimeException | Error e) { // cancelled or failed: the steps taken so far are not lost
            saveDespite(e, state);
            throw e;
        }
        store.save(state);
        return state;
    }

    /** Tells of a part that begins. */
    private Optional<String> tell(Optional<String> part, Optional<String> before) {
        if (!part.equals(before)) {
            part.ifPresent(observer::part);
        }
        return part;
    }

    private static RunState step(RunState state, Stepper stepper, Rng rng) {
        Map<String, Tensor> changed = Scopes.keepAll(() -> stepper.step(state, rng), map -> List.copyOf(map.values()));
        changed.forEach((name, tensor) -> {
            if (!Tensors.isFinite(tensor)) {
                throw NotFiniteException.afterStep(
                        name, state.done() + 1, stepper.count(), Scopes.run(() -> stepper.whereNotFinite(state)));
            }
        });
        Set<Tensor> stay = Collections.newSetFromMap(new IdentityHashMap<>());
        stay.addAll(changed.values());
        state.replaced().stream().filter(tensor -> !stay.contains(tensor)).forEach(Tensor::close);
        return state.next(changed, rng.state());
    }

    private void show(RunState state, Stepper stepper) {
        stepper.show(state, observer);
        if (observer.wantsPreviews()) {
            Scopes.run(() -> stepper.preview(state).ifPresent(pictures -> observer.preview(state.done(), pictures)));
        }
    }

    private void saveDespite(Throwable cause, RunState state) {
        try {
            store.save(state);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }
}
