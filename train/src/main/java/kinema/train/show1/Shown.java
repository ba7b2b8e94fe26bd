package kinema.train.show1;

import java.util.SplittableRandom;
import kinema.diffusion.NoiseSchedule;
import kinema.show1.Enlarging;
import kinema.show1.Interpolation;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * What a stage's network is shown beside its noisy frames, made as generation makes it, but of true frames with noise: so that it learns
 * to mend what the stage before has wrong.
 *
 * <p>Axes: B batch, F frames, H W rows and columns.
 *
 * @param kind the stage
 * @param scale how much larger upscaling makes rows and columns
 * @param most largest timestep whose noise is on what is shown
 * @param noise the schedule of that noise
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, sections 3.3 and 3.4</a>
 */
record Shown(StageKind kind, int scale, int most, NoiseSchedule noise) {
    /** How noisy what is shown is, one a clip: a timestep. */
    int[] levels(int clips, SplittableRandom random) {
        return random.ints(clips, 0, Math.min(most + 1, noise.timesteps())).toArray();
    }

    /**
     * What is shown.
     *
     * @param clean true frames, (B, 3, F, H, W)
     * @param levels one a clip
     * @return (B, 4 or 3, F, H, W); null where the network is shown nothing
     */
    @Nullable
    Tensor of(Tensor clean, int[] levels, Rng rng) {
        return switch (kind) {
            case IMAGES, BASE, EXPERT -> null;
            case INTERPOLATION -> between(clean, levels, rng);
            case FIRST_FRAME, UPSCALING -> small(clean, levels, rng);
        };
    }

    /** One key frame fading into the other, and the mask: (B, 4, 5, H, W). */
    private Tensor between(Tensor clean, int[] levels, Rng rng) {
        return Scopes.keep(() -> {
            long last = clean.size(2) - 1;
            Tensor keys = Tensors.cat(2, clean.narrow(2, 0, 1), clean.narrow(2, last, 1)); // (B, 3, 2, H, W)
            Tensor noisy = most == 0 ? keys : noise.addNoise(keys, rng.randn(keys.shape()), levels); // (B, 3, 2, H, W)
            return Interpolation.condition(noisy.narrow(2, 0, 1), noisy.narrow(2, 1, 1)); // (B, 4, 5, H, W)
        });
    }

    /** Small frames, noisy and enlarged; of a window the first is the true large one: (B, 3, F, H, W). */
    private Tensor small(Tensor clean, int[] levels, Rng rng) {
        return Scopes.keep(() -> {
            Tensor[] clips = new Tensor[levels.length];
            for (int i = 0; i < clips.length; i++) {
                Tensor frames = clean.select(0, i).transpose(0, 1).contiguous(); // (F, 3, H, W)
                Tensor small = torch.avg_pool2d(frames, scale, scale) // (F, 3, h, w)
                        .transpose(0, 1)
                        .unsqueeze(0)
                        .contiguous(); // (1, 3, F, h, w)
                clips[i] = new Enlarging(noise, levels[i], scale).of(small, rng); // (1, 3, F, H, W)
            }
            Tensor noisy = Tensors.cat(0, clips); // (B, 3, F, H, W)
            return kind == StageKind.UPSCALING
                    ? Tensors.cat(2, clean.narrow(2, 0, 1), noisy.narrow(2, 1, noisy.size(2) - 1))
                    : noisy;
        });
    }
}
