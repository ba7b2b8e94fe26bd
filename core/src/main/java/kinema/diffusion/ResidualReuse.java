package kinema.diffusion;

import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.StepNetwork.Computed;
import org.bytedeco.pytorch.Tensor;

/**
 * Has the residual of the network's blocks at the last computed step stand for that of a step; what comes before and after the
 * blocks is computed. When, a {@link ReuseRule} says. Its error grows with the timesteps from b to t.
 *
 * @see <a href="https://arxiv.org/abs/2506.09045">MagCache, section 3</a>
 */
public final class ResidualReuse implements Estimator {
    /** Its first step has nothing to reuse, and its second measures for the guard. */
    private static final int FIRST = 2;

    /** Without it a floor was missed by up to 5.6 dB: what is reused early in a run leads the later steps astray. */
    static final double WEIGHT = 2;

    private final Timesteps timesteps;
    private final ReuseRule rule;

    /** Reuse by a rule for a run of these timesteps. */
    public ResidualReuse(Timesteps timesteps, ReuseRule rule) {
        this.timesteps = timesteps;
        this.rule = rule;
    }

    @Override
    public int basis() {
        return 1;
    }

    @Override
    public boolean mayEstimate(int b, int i) {
        return i >= FIRST && i < timesteps.count() - 1 && rule.mayReuse(b, i);
    }

    @Override
    public Computed compute(StepNetwork network) {
        return network.withResidual();
    }

    @Override
    public Tensor estimate(Memory memory, int a, int b, int i, StepNetwork network) {
        return network.reuse(Estimator.required(memory.newer()));
    }

    @Override
    public double growth(int a, int b, int i) {
        return timesteps.at(b) - timesteps.at(i);
    }

    @Override
    public double weight() {
        return WEIGHT;
    }
}
