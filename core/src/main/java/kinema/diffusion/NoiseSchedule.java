package kinema.diffusion;

import java.util.Arrays;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * How much of the picture is left at each training timestep: ā, from nearly 1 at timestep 0 down to the noisiest.
 *
 * <p>Latent diffusion's schedule (√β evenly spaced), its signal-to-noise ratio divided by a factor, then rescaled so
 * that nothing of the picture is left at the last timestep. Tables are double. Immutable; safe to share between
 * threads.
 *
 * @see <a href="https://arxiv.org/abs/2305.08891">Common diffusion noise schedules are flawed, section 3.1</a>
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2 and appendix</a>
 */
public final class NoiseSchedule {
    private static final double OFFSET = 0.008; // keeps the first β of the cosine schedule from being too small
    private static final double LEAST_LEFT = 0.001; // of the picture after one timestep

    private final double[] alphas;

    /**
     * A schedule.
     *
     * @param c its settings
     */
    public NoiseSchedule(ScheduleConfig c) {
        alphas = new double[c.trainTimesteps()];
        double first = Math.sqrt(c.betaStart());
        double step = (Math.sqrt(c.betaEnd()) - first) / Math.max(1, alphas.length - 1);
        double product = 1;
        for (int t = 0; t < alphas.length; t++) {
            double root = first + step * t;
            product *= 1 - root * root;
            alphas[t] = product / (c.snrShift() + (1 - c.snrShift()) * product);
        }
        if (c.zeroTerminalSnr()) {
            rescale(alphas);
        }
    }

    private NoiseSchedule(double[] alphas) {
        this.alphas = alphas;
    }

    /**
     * The cosine schedule, each β at most 0.999.
     *
     * @param timesteps in training
     * @see <a href="https://arxiv.org/abs/2102.09672">Improved DDPM, section 3.2</a>
     */
    public static NoiseSchedule cosine(int timesteps) {
        if (timesteps < 1) {
            throw new IllegalArgumentException("num_train_timesteps must be at least 1, found " + timesteps);
        }
        double[] alphas = new double[timesteps];
        double product = 1;
        for (int t = 0; t < timesteps; t++) {
            double left = cosine((double) (t + 1) / timesteps) / cosine((double) t / timesteps);
            product *= Math.max(left, LEAST_LEFT);
            alphas[t] = product;
        }
        return new NoiseSchedule(alphas);
    }

    /** Number of training timesteps. */
    public int timesteps() {
        return alphas.length;
    }

    /** ā of a timestep; 1 below timestep 0, where the picture is finished. */
    public double alpha(int timestep) {
        return timestep < 0 ? 1 : alphas[timestep];
    }

    /**
     * Noisy latents for training: √ā·x0 + √(1-ā)·noise.
     *
     * @param clean x0, (B, …)
     * @param noise as {@code clean}
     * @param timesteps one per sample, B
     */
    public Tensor addNoise(Tensor clean, Tensor noise, int[] timesteps) {
        return Scopes.keep(() -> signal(clean, timesteps).mul(clean).addcmul(sigma(clean, timesteps), noise)); // (B, …)
    }

    /**
     * What the network is to predict: √ā·noise - √(1-ā)·x0.
     *
     * @param clean x0, (B, …)
     * @param noise as {@code clean}
     * @param timesteps one per sample, B
     */
    public Tensor velocity(Tensor clean, Tensor noise, int[] timesteps) {
        return Scopes.keep(() ->
                signal(clean, timesteps).mul(noise).sub(sigma(clean, timesteps).mul(clean))); // (B, …)
    }

    /** ln(√ā / √(1-ā)) of a timestep: half the logarithm of the signal-to-noise ratio. */
    public double logSnr(int timestep) {
        double alpha = alpha(timestep);
        return Math.log(Math.sqrt(alpha / (1 - alpha)));
    }

    /** √ā per sample, shaped to multiply {@code like}. */
    private Tensor signal(Tensor like, int[] timesteps) {
        float[] values = new float[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sqrt(alphas[timesteps[i]]);
        }
        return perSample(values, like);
    }

    /** √(1-ā) per sample, shaped to multiply {@code like}. */
    private Tensor sigma(Tensor like, int[] timesteps) {
        float[] values = new float[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sqrt(1 - alphas[timesteps[i]]);
        }
        return perSample(values, like);
    }

    private static Tensor perSample(float[] values, Tensor like) {
        if (values.length != like.size(0)) {
            throw new IllegalArgumentException(
                    "one timestep per sample: expected " + like.size(0) + ", found " + values.length);
        }
        long[] shape = new long[Math.toIntExact(like.dim())];
        Arrays.fill(shape, 1);
        shape[0] = values.length;
        return Tensors.of(values, shape);
    }

    private static double cosine(double part) {
        double root = Math.cos((part + OFFSET) / (1 + OFFSET) * Math.PI / 2);
        return root * root;
    }

    /** Stretches √ā so that the last becomes 0 and the first stays. */
    private static void rescale(double[] alphas) {
        double first = Math.sqrt(alphas[0]);
        double last = Math.sqrt(alphas[alphas.length - 1]);
        for (int t = 0; t < alphas.length; t++) {
            double root = (Math.sqrt(alphas[t]) - last) * (first / (first - last));
            alphas[t] = root * root;
        }
    }
}
