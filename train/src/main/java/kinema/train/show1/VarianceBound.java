package kinema.train.show1;

import java.util.function.IntToDoubleFunction;
import kinema.diffusion.NoiseSchedule;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How far a step of a network with a learned variance is from the true one: KL(q(x_{t-1} | x_t, x_0) ‖ p(x_{t-1} | x_t)), in bits a number.
 * At timestep 0, after which no noise is drawn, it is nothing.
 *
 * <p>With α the share of the picture that is left (ā), β = 1 - ā_t / ā_{t-1} and β̃ = β · (1 - ā_{t-1}) / (1 - ā_t), the true variance is β̃, the
 * predicted one exp(w · ln β + (1 - w) · ln β̃) with w = (v + 1) / 2, and the means are apart by
 * β · √ā_{t-1} / √(ā_t · (1 - ā_t)) times the error of the noise.
 *
 * @param schedule of the noise
 * @see <a href="https://arxiv.org/abs/2102.09672">Improved DDPM, equations 14 and 15</a>
 */
record VarianceBound(NoiseSchedule schedule) {
    private static final long[] ALL_BUT_BATCH = {1, 2, 3, 4};
    private static final double LEAST_VARIANCE = 1e-20; // as generation has it
    private static final double NATS = Math.log(2); // of a bit

    /**
     * The bound.
     *
     * @param error of the predicted noise, without derivatives, (B, C, F, H, W)
     * @param variance v, (B, C, F, H, W)
     * @param timesteps one a clip, B
     * @return (B)
     */
    Tensor of(Tensor error, Tensor variance, int[] timesteps) {
        return Scopes.keep(() -> {
            Tensor least = perClip(timesteps, t -> Math.log(Math.max(least(t), LEAST_VARIANCE))); // (B, 1, 1, 1, 1)
            Tensor most = perClip(timesteps, t -> Math.log(most(t))); // (B, 1, 1, 1, 1)
            Tensor part = variance.add(new Scalar(1.0)).mul(new Scalar(0.5)); // (B, C, F, H, W)
            Tensor above = most.sub(least).mul(part); // (B, C, F, H, W), ln of predicted over true variance
            Tensor apart = error.mul(perClip(timesteps, this::apart)).square(); // (B, C, F, H, W)
            Tensor divergence = above.add(above.neg().exp())
                    .sub(new Scalar(1.0))
                    .add(apart.mul(above.add(least).neg().exp()))
                    .mul(new Scalar(0.5 / NATS)); // (B, C, F, H, W)
            Tensor counted = perClip(timesteps, t -> t == 0 ? 0 : 1); // (B, 1, 1, 1, 1)
            return divergence.mul(counted).mean(ALL_BUT_BATCH);
        });
    }

    /** β. */
    private double most(int t) {
        return 1 - schedule.alpha(t) / schedule.alpha(t - 1);
    }

    /** β̃; at timestep 0, which is not counted, that of timestep 1. */
    private double least(int t) {
        int counted = Math.max(1, t);
        return most(counted) * (1 - schedule.alpha(counted - 1)) / (1 - schedule.alpha(counted));
    }

    private double apart(int t) {
        double alpha = schedule.alpha(t);
        return most(t) * Math.sqrt(schedule.alpha(t - 1) / (alpha * (1 - alpha)));
    }

    private static Tensor perClip(int[] timesteps, IntToDoubleFunction value) {
        float[] values = new float[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) value.applyAsDouble(timesteps[i]);
        }
        return Tensors.of(values, values.length, 1, 1, 1, 1);
    }
}
