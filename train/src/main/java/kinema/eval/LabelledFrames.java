package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.Video;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Clips;
import kinema.train.world.Scenario;
import kinema.train.world.Split;
import kinema.train.world.World;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Rendered frames and what is to be said of them.
 *
 * @param frames (N, 3, 64, 64) in [-1, 1]
 * @param subjects number of each frame's subject in the world's order, int64 (N)
 * @param masks part of each cell that the subject covers, (N, 1, 32, 32) in [0, 1]
 */
record LabelledFrames(Tensor frames, Tensor subjects, Tensor masks) {
    private static final int LEAST_FRAMES = 4;
    private static final int MOST_FRAMES = 9;
    private static final long[] MASK = {SpriteNetwork.MASK_SIDE, SpriteNetwork.MASK_SIDE};

    /** Renders {@code clips} clips of a split and takes some frames of each, at moments that differ from clip to clip. */
    static LabelledFrames render(World world, Split split, long seed, int clips, int perClip) {
        List<byte[]> frames = new ArrayList<>();
        List<byte[]> masks = new ArrayList<>();
        long[] subjects = new long[clips * perClip];
        SplittableRandom random = new SplittableRandom(seed);
        for (int clip = 0; clip < clips; clip++) {
            Scenario scenario = world.sample(random.nextLong(), split);
            long look = random.nextLong();
            int length = Math.max(perClip, random.nextInt(LEAST_FRAMES, MOST_FRAMES + 1));
            List<byte[]> shown = world.render(scenario, SpriteNetwork.SIDE, length, look)
                    .video()
                    .frames();
            List<byte[]> covered =
                    world.mask(scenario, SpriteNetwork.SIDE, length, look).frames();
            for (int i = 0; i < perClip; i++) {
                int frame = random.nextInt(i * length / perClip, (i + 1) * length / perClip);
                frames.add(shown.get(frame));
                masks.add(covered.get(frame));
                subjects[clip * perClip + i] = world.subjects().indexOf(scenario.subject());
            }
        }
        return new LabelledFrames(batch(frames), Tensors.of(subjects, subjects.length), coverage(batch(masks)));
    }

    private static Tensor batch(List<byte[]> frames) {
        return Scopes.keep(() -> Clips.batch(List.of(
                        new Video(SpriteNetwork.SIDE, SpriteNetwork.SIDE, World.FPS, frames))) // (1, 3, N, H, W)
                .squeeze(0)
                .transpose(0, 1)
                .contiguous()); // (N, 3, H, W)
    }

    private static Tensor coverage(Tensor white) {
        return Scopes.keep(() -> torch.adaptive_avg_pool2d(white.narrow(1, 0, 1), MASK)
                .add(new Scalar(1.0))
                .mul(new Scalar(0.5))); // (N, 1, 32, 32)
    }
}
