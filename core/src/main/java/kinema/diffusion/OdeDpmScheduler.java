package kinema.diffusion;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * DPM-Solver++ (2M, midpoint), deterministic, for networks that predict noise. The first step is of first order, as is the
 * last one of a run of fewer than 15 steps; the last leads to timestep 0 ({@link Timesteps#toFirst}).
 *
 * @see <a href="https://arxiv.org/abs/2211.01095">DPM-Solver++, algorithm 2</a>
 */
public final class OdeDpmScheduler implements Scheduler {
    /** x' = sample · x - clean · (now · x0 - before · (x0 of the step before)). */
    record Coefficients(double sample, double clean, double now, double before) {}

    private static final int FEW = 15;

    private final Timesteps timesteps;
    private final NoiseSchedule schedule;
    private final @Nullable Thresholding bounds;

    /**
     * A sampler.
     *
     * @param timesteps over {@code schedule}
     * @param bounds what clean pictures are kept within; null for none
     */
    public OdeDpmScheduler(Timesteps timesteps, NoiseSchedule schedule, @Nullable Thresholding bounds) {
        this.timesteps = timesteps;
        this.schedule = schedule;
        this.bounds = bounds;
    }

    @Override
    public Timesteps timesteps() {
        return timesteps;
    }

    /**
     * {@inheritDoc}
     *
     * @param prediction (B, C or more, …), the noise first; what comes after it is not used
     */
    @Override
    public Denoised step(int i, Denoised at, Tensor prediction, Rng rng) {
        Tensor sample = at.latents();
        Tensor clean = Scopes.keep(() ->
                NoisePrediction.toClean(sample, prediction.narrow(1, 0, sample.size(1)), timesteps.alpha(i), bounds));
        @Nullable Tensor before = isLastOfFew(i) ? null : at.clean();
        Coefficients c = coefficients(i, before != null);
        Tensor next = Scopes.keep(() -> {
            Tensor direction =
                    before == null ? clean : clean.mul(new Scalar(c.now())).sub(before, new Scalar(c.before()));
            return sample.mul(new Scalar(c.sample())).sub(direction, new Scalar(c.clean()));
        });
        return new Denoised(next, clean);
    }

    /** Those of step {@code i}. */
    Coefficients coefficients(int i, boolean second) {
        double alpha = timesteps.alpha(i);
        double alphaAfter = timesteps.alphaAfter(i);
        double lambda = schedule.logSnr(timesteps.at(i));
        double h = schedule.logSnr(timesteps.after(i)) - lambda;
        double part = second ? h / (2 * (lambda - schedule.logSnr(timesteps.at(i - 1)))) : 0; // 1 / 2r
        return new Coefficients(
                Math.sqrt((1 - alphaAfter) / (1 - alpha)), Math.sqrt(alphaAfter) * Math.expm1(-h), 1 + part, part);
    }

    private boolean isLastOfFew(int i) {
        return i == timesteps.count() - 1 && timesteps.whole() < FEW;
    }
}
