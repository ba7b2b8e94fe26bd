package kinema.train;

import java.util.Map;
import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;

/** What a training step makes smaller. */
@FunctionalInterface
public interface Objective {
    /**
     * The loss of one batch and its named parts for the log.
     *
     * @param value a scalar with a gradient
     * @param parts numbers to log beside it, in order
     */
    record Loss(Tensor value, Map<String, Double> parts) {}

    /** Draws the batch of {@code step} with {@code rng} and computes its loss. */
    Loss loss(long step, Rng rng);
}
