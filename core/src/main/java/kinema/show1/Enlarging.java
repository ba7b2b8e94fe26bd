package kinema.show1;

import kinema.diffusion.NoiseSchedule;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What the networks that enlarge are shown of the small frames: them in the new size, made noisy.
 *
 * @param schedule of the noise
 * @param level the timestep up to whose noise
 * @param scale how much larger rows and columns become
 * @see <a href="https://arxiv.org/abs/2106.15282">Cascaded diffusion models, section 3: conditioning augmentation</a>
 */
public record Enlarging(NoiseSchedule schedule, int level, int scale) {
    /**
     * Enlarges and makes noisy.
     *
     * @param small (1, 3, F, h, w)
     * @param rng draws noise for all frames at once
     * @return (1, 3, F, s·h, s·w)
     */
    public Tensor of(Tensor small, Rng rng) {
        return Scopes.keep(() -> {
            long rows = small.size(3) * scale, columns = small.size(4) * scale;
            Tensor frames = small.squeeze(0).transpose(0, 1).contiguous(); // (F, 3, h, w)
            Tensor large = torch.upsample_bilinear2d(frames, new long[] {rows, columns}, true) // (F, 3, s·h, s·w)
                    .transpose(0, 1)
                    .unsqueeze(0)
                    .contiguous(); // (1, 3, F, s·h, s·w)
            return schedule.addNoise(large, rng.randn(large.shape()), new int[] {level});
        });
    }
}
