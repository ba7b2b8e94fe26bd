package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.diffusion.NoiseSchedule;
import kinema.nn.Recompute;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What the expert transformer learns: the velocity of noisy latents, by mean squared error. Where it is that of the clips, this is the
 * authors' loss, the squared error of x0 over 1 - ā, written another way.
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, Z latent channels, L text tokens, C width of a text state.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2 and appendix</a>
 */
final class VelocityLoss {
    private static final long[] ALL_BUT_BATCH = {1, 2, 3, 4};

    /**
     * Clips of one size and what is drawn for them.
     *
     * @param clean scaled latents, (B, F, Z, h, w), F a multiple of the patch's frames ({@link #padded})
     * @param noise as {@code clean}
     * @param timesteps one a clip, B
     * @param text states, (B, L, C)
     * @param image latents of the picture a video starts from, as {@code clean}; null for text-to-video
     */
    record Batch(
            Tensor clean,
            Tensor noise,
            int[] timesteps,
            Tensor text,
            @Nullable Tensor image) {}

    /**
     * A forward pass.
     *
     * @param predicted velocity, (B, F, Z, h, w)
     * @param perClip loss of each clip, (B)
     */
    record Result(Tensor predicted, Tensor perClip) {}

    /** What is to be predicted. */
    @FunctionalInterface
    interface Target {
        /**
         * The velocity.
         *
         * @param noisy latents, (B, F, Z, h, w)
         * @return as {@code noisy}, in the caller's scope
         */
        Tensor velocity(Batch batch, Tensor noisy, Positions positions);
    }

    private final ExpertTransformer network;
    private final NoiseSchedule schedule;
    private final Target target;

    /** With the velocity of the clips as the target. */
    VelocityLoss(ExpertTransformer network, NoiseSchedule schedule) {
        this(
                network,
                schedule,
                (batch, noisy, positions) -> schedule.velocity(batch.clean(), batch.noise(), batch.timesteps()));
    }

    VelocityLoss(ExpertTransformer network, NoiseSchedule schedule, Target target) {
        this.network = network;
        this.schedule = schedule;
        this.target = target;
    }

    /** The loss of clips of one size. */
    Result of(Batch batch, Positions positions, @Nullable Recompute recompute) {
        return pack(List.of(batch), positions, recompute).get(0);
    }

    /**
     * The losses of a pack: clips of different sizes, each a batch of one, that go through the network in one sequence.
     *
     * @param positions {@link Positions#packed}, or of the one clip's size
     */
    List<Result> pack(List<Batch> clips, Positions positions, @Nullable Recompute recompute) {
        List<Tensor> inputs = new ArrayList<>();
        List<Tensor> targets = new ArrayList<>();
        for (Batch clip : clips) {
            Tensor noisy = schedule.addNoise(clip.clean(), clip.noise(), clip.timesteps()); // (B, F, Z, h, w)
            targets.add(target.velocity(clip, noisy, positions)); // (B, F, Z, h, w)
            inputs.add(clip.image() == null ? noisy : Tensors.cat(2, noisy, clip.image())); // (B, F, Z or 2·Z, h, w)
        }
        int[] timesteps = clips.stream()
                .flatMapToInt(clip -> Arrays.stream(clip.timesteps()))
                .toArray();
        List<Tensor> predicted = network.train(
                inputs, clips.stream().map(Batch::text).toList(), Tensor.create(timesteps), positions, recompute);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < clips.size(); i++) {
            results.add(new Result(predicted.get(i), error(targets.get(i), predicted.get(i))));
        }
        return results;
    }

    private static Tensor error(Tensor target, Tensor predicted) {
        return Scopes.keep(
                () -> predicted.to(ScalarType.Float).sub(target).square().mean(ALL_BUT_BATCH)); // (B)
    }

    /**
     * Latents whose frames fill whole patches: copies of the first frame are put in front, as the authors do. They count in the
     * loss.
     *
     * @param clean (B, F, Z, h, w)
     * @param patchFrames latent frames of a patch
     */
    static Tensor padded(Tensor clean, long patchFrames) {
        long missing = (patchFrames - clean.size(1) % patchFrames) % patchFrames;
        return Scopes.keep(() -> missing == 0
                ? clean.alias()
                : Tensors.cat(1, clean.narrow(1, 0, 1).expand(-1, missing, -1, -1, -1), clean));
    }
}
