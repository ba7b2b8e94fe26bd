package kinema.train.show1;

import kinema.diffusion.NoiseSchedule;
import kinema.show1.unet.Unet;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What a stage's network learns: the noise on its frames, by mean squared error. Of networks in pixels that is the first half of what they
 * predict; the second, the noise's variance, is learned where generation reads it, for the first frame, and else left alone.
 *
 * <p>Axes: B batch, C channels, F frames, H W rows and columns, L text tokens, S width of their states.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, equations 2 and 3</a>
 * @see <a href="https://arxiv.org/abs/2102.09672">Improved DDPM, section 3.1: the hybrid loss</a>
 */
final class NoiseLoss {
    private static final long[] ALL_BUT_BATCH = {1, 2, 3, 4};
    private static final double BOUND_WEIGHT = 0.001; // of the sum of all timesteps' bounds

    /**
     * Clips of one size and what is drawn for them.
     *
     * @param clean frames or scaled latents, (B, C, F, H, W)
     * @param noise as {@code clean}
     * @param timesteps one a clip, B
     * @param shown what the network is shown beside the noisy frames, (B, …, F, H, W); null for nothing
     * @param levels how noisy that is, B, where the network is told; else null
     * @param text states, (B, L, S)
     */
    record Batch(
            Tensor clean,
            Tensor noise,
            int[] timesteps,
            @Nullable Tensor shown,
            int @Nullable [] levels,
            Tensor text) {}

    /**
     * A forward pass.
     *
     * @param predicted (B, C or 2·C, F, H, W)
     * @param perClip loss of each clip, (B)
     */
    record Result(Tensor predicted, Tensor perClip) {}

    private final Unet network;
    private final NoiseSchedule schedule;
    private final @Nullable VarianceBound bound;

    /**
     * The loss of a network.
     *
     * @param variance whether the variance is learned too
     */
    NoiseLoss(Unet network, NoiseSchedule schedule, boolean variance) {
        this.network = network;
        this.schedule = schedule;
        bound = variance ? new VarianceBound(schedule) : null;
    }

    /** The loss of clips of one size. */
    Result of(Batch batch) {
        Tensor noisy = schedule.addNoise(batch.clean(), batch.noise(), batch.timesteps()); // (B, C, F, H, W)
        Tensor input = batch.shown() == null ? noisy : Tensors.cat(1, noisy, batch.shown()); // (B, …, F, H, W)
        Tensor level = batch.levels() == null ? null : numbers(batch.levels());
        Tensor predicted = network.together(input, numbers(batch.timesteps()), level, network.text(batch.text()))
                .to(ScalarType.Float); // (B, …, F, H, W)
        return new Result(predicted, error(batch, predicted));
    }

    /** (B). */
    private Tensor error(Batch batch, Tensor predicted) {
        return Scopes.keep(() -> {
            long channels = batch.clean().size(1);
            Tensor noise = predicted.narrow(1, 0, channels); // (B, C, F, H, W)
            Tensor error = noise.sub(batch.noise()).square().mean(ALL_BUT_BATCH); // (B)
            if (bound == null) {
                return error;
            }
            Tensor variance = predicted.narrow(1, channels, channels); // (B, C, F, H, W)
            Tensor bits = bound.of(noise.detach().sub(batch.noise()), variance, batch.timesteps()); // (B)
            return error.add(bits, new Scalar(BOUND_WEIGHT * schedule.timesteps()));
        });
    }

    private static Tensor numbers(int[] values) {
        return Tensor.create(values);
    }
}
