package kinema.train;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** What a training step makes smaller. */
public interface Objective {
    /** Takes the derivatives of a loss. */
    @FunctionalInterface
    interface Derivatives {
        /** Adds the derivatives of a loss, or of a part of it, to the gradients. */
        void backward(Tensor loss);
    }

    /**
     * The loss of one slot and its named parts for the log.
     *
     * @param value a scalar with a gradient
     * @param parts numbers to log beside it, some of {@link #columns}
     * @param derivatives how its derivatives are taken
     * @param closing frees what the derivatives need; called after them, or without them
     */
    record Loss(Tensor value, Map<String, Double> parts, Derivatives derivatives, Runnable closing)
            implements AutoCloseable {
        /** A loss whose derivatives autograd takes. */
        public Loss(Tensor value, Map<String, Double> parts) {
            this(value, parts, Tensor::backward, () -> {});
        }

        @Override
        public void close() {
            closing.run();
        }
    }

    /** Names of the numbers logged beside the loss, in order. */
    default List<String> columns() {
        return List.of();
    }

    /** What steps change beside the parameters, by name: saved with a checkpoint, and filled from one before the first step. */
    default Map<String, Tensor> state() {
        return Map.of();
    }

    /**
     * Hears that the parameters were moved by a step whose slots were all asked for.
     *
     * @param step from 0
     * @param workers the processes that share the run; all of them hear it
     */
    default void moved(long step, Workers workers) {}

    /** Draws a slot's clips and computes their loss. */
    Loss loss(Slot slot);
}
