package kinema.diffusion;

import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.StepNetwork.Computed;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A way to estimate the velocity of a step from what computed steps left. Of a step i, b is the last computed step before it and
 * a the last one before b, or -1. Immutable.
 */
public interface Estimator {
    /** How many computed steps an estimate is made of: 1 or 2. */
    int basis();

    /** Whether step {@code i} may be estimated as far as this rule goes. */
    boolean mayEstimate(int b, int i);

    /** Computes a step. */
    Computed compute(StepNetwork network);

    /** The estimate for step {@code i}, (1, F, C, h, w), in the caller's scope. */
    Tensor estimate(Memory memory, int a, int b, int i, StepNetwork network);

    /** What an estimate's error is taken to grow in proportion to, at least 0. */
    double growth(int a, int b, int i);

    /** How many times an error counts, for what the network makes of latents that are off in this way. */
    default double weight() {
        return 1;
    }

    /**
     * What a computed step must have left.
     *
     * @throws IllegalStateException when it did not
     */
    static Tensor required(@Nullable Tensor tensor) {
        if (tensor == null) {
            throw new IllegalStateException("the state's cache holds less than its computed steps leave");
        }
        return tensor;
    }
}
