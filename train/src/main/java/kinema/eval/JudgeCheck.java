package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import kinema.Video;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.Clips;
import kinema.train.world.Scenario;
import kinema.train.world.Split;
import kinema.train.world.World;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * How far the judge itself can be trusted: its scores on renderings of held-out combinations, which it never saw.
 *
 * @param sharp on renderings as they are
 * @param softened on the same renderings blurred and made noisy
 */
public record JudgeCheck(Tally sharp, Tally softened) {
    private static final int FRAMES = 17;
    /** Far from the seeds that training counts up from. */
    private static final long FIRST_SEED = 1_000_000_007L;

    /** Judges {@code clips} renderings twice. */
    public static JudgeCheck run(Judge judge, World world, int clips) {
        List<Score> sharp = new ArrayList<>();
        List<Score> softened = new ArrayList<>();
        try (Rng rng = new Rng(FIRST_SEED)) {
            for (int i = 0; i < clips; i++) {
                Scenario scenario = world.sample(FIRST_SEED + i, Split.HELD_OUT);
                Video clip = world.render(scenario, SpriteNetwork.SIDE, FRAMES, FIRST_SEED + i)
                        .video();
                sharp.add(judge.judge(clip).score(scenario));
                softened.add(judge.judge(soften(clip, rng)).score(scenario));
            }
        }
        return new JudgeCheck(Tally.of(sharp), Tally.of(softened));
    }

    /** The video as a not quite finished model would draw it. */
    static Video soften(Video video, Rng rng) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.run(() -> {
                Tensor frames = Clips.batch(List.of(video)).squeeze(0).transpose(0, 1); // (T, 3, H, W)
                return Clips.video(Softening.full(frames.contiguous(), rng).transpose(0, 1), video.fps());
            });
        }
    }
}
