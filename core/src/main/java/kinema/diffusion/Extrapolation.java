package kinema.diffusion;

import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.StepNetwork.Computed;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Has the guided velocity go on linearly over the timesteps. With a and b the last two computed steps,
 *
 * <pre>  v(t) ≈ v(b) + (v(b) - v(a)) · (b - t) / (a - b)</pre>
 *
 * <p>The first four steps and the last two are computed, and of those between every {@code every}th, or more. Its error is that of
 * the velocity's curvature: it grows with (a - t) · (b - t).
 */
public final class Extrapolation implements Estimator {
    private static final int FIRST =
            4; // the velocity of noise alone is unlike those after it, and no estimate rests on it
    private static final int LAST = 2;

    private final Timesteps timesteps;
    private final int every;

    /**
     * The rule for a run.
     *
     * @param every how many steps at most from one computed step to the next, at least 2
     */
    public Extrapolation(Timesteps timesteps, int every) {
        if (every < 2) {
            throw new IllegalArgumentException("every must be at least 2, found " + every);
        }
        this.timesteps = timesteps;
        this.every = every;
    }

    @Override
    public int basis() {
        return 2;
    }

    @Override
    public boolean mayEstimate(int b, int i) {
        return i >= FIRST && i < timesteps.count() - LAST && i - b < every;
    }

    @Override
    public Computed compute(StepNetwork network) {
        Tensor velocity = network.velocity();
        return new Computed(velocity, velocity);
    }

    @Override
    public Tensor estimate(Memory memory, int a, int b, int i, StepNetwork network) {
        double part = (double) (timesteps.at(b) - timesteps.at(i)) / (timesteps.at(a) - timesteps.at(b));
        Tensor older = Estimator.required(memory.older());
        Tensor newer = Estimator.required(memory.newer());
        return Scopes.keep(() -> newer.add(newer.sub(older), new Scalar(part)));
    }

    @Override
    public double growth(int a, int b, int i) {
        return (double) (timesteps.at(a) - timesteps.at(i)) * (timesteps.at(b) - timesteps.at(i));
    }
}
