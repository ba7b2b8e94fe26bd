package kinema.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A learner with its optimiser.
 *
 * @param learner what is moved
 * @param optimizer what moves it
 */
record Moved(Learner learner, AdamW optimizer) implements AutoCloseable {
    static Moved of(Learner learner) {
        return new Moved(learner, new AdamW(learner.parameters(), learner.optimizer()));
    }

    /** All that the next steps depend on, by its name in a checkpoint. */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put(learner.named("values"), learner.parameters().values());
        state.put(learner.named("mean"), optimizer.mean());
        state.put(learner.named("square"), optimizer.square());
        if (learner.optimizer().averages()) {
            state.put(learner.named("average"), optimizer.average());
        }
        learner.objective().state().forEach((name, tensor) -> state.put(learner.named(name), tensor));
        return state;
    }

    @Override
    public void close() {
        optimizer.close();
    }
}
