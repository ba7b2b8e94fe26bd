package kinema.diffusion;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * SDE-DPM-Solver++ (2M): two-step, with fresh noise at every step.
 *
 * <p>At the first step ā is 0 and at the last 1, so log signal-to-noise ratios are infinite; the formulas hold in IEEE
 * arithmetic. Noise is drawn in the reference's order: once for the first-order result and, where the second-order one
 * replaces it, once more; the first draw is then lost.
 *
 * @see <a href="https://arxiv.org/abs/2211.01095">DPM-Solver++, appendix on SDE solvers</a>
 */
public final class DpmScheduler implements Scheduler {
    /** x' = sample · x - clean · d + noise · n, with d = now · x0 - before · (x0 of the step before). */
    record Coefficients(double sample, double clean, double now, double before, double noise) {}

    private final Timesteps timesteps;

    DpmScheduler(Timesteps timesteps) {
        this.timesteps = timesteps;
    }

    @Override
    public Timesteps timesteps() {
        return timesteps;
    }

    @Override
    public Denoised step(int i, Denoised at, Tensor velocity, Rng rng) {
        double alpha = timesteps.alpha(i);
        double alphaBefore = i == 0 ? Double.NaN : timesteps.alpha(i - 1);
        Coefficients c = coefficients(alphaBefore, alpha, timesteps.alphaAfter(i));
        Tensor sample = at.latents();
        @Nullable Tensor before = at.clean();
        Tensor clean = Velocity.toClean(sample, velocity, alpha);
        Tensor next = Scopes.keep(() -> {
            Tensor noise = rng.randn(sample.shape());
            Tensor direction = clean;
            if (before != null && timesteps.after(i) >= 0) {
                noise = rng.randn(sample.shape());
                direction = clean.mul(new Scalar(c.now())).sub(before, new Scalar(c.before()));
            }
            return sample.mul(new Scalar(c.sample()))
                    .sub(direction, new Scalar(c.clean()))
                    .add(noise, new Scalar(c.noise()));
        });
        return new Denoised(next, clean);
    }

    /** From ā of the step before (NaN at the first step), of this one and of where it leads. */
    static Coefficients coefficients(double alphaBefore, double alpha, double alphaAfter) {
        double h = logSnr(alphaAfter) - logSnr(alpha);
        double r = (logSnr(alpha) - logSnr(alphaBefore)) / h;
        return new Coefficients(
                Math.sqrt((1 - alphaAfter) / (1 - alpha)) * Math.exp(-h),
                Math.expm1(-2 * h) * Math.sqrt(alphaAfter),
                1 + 1 / (2 * r),
                1 / (2 * r),
                Math.sqrt(1 - alphaAfter) * Math.sqrt(1 - Math.exp(-2 * h)));
    }

    /** Half the logarithm of the signal-to-noise ratio; infinite at ā = 0 and 1. */
    private static double logSnr(double alpha) {
        return Math.log(Math.sqrt(alpha / (1 - alpha)));
    }
}
