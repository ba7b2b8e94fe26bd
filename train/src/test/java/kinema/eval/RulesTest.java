package kinema.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import kinema.Video;
import kinema.tensor.Rng;
import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;
import kinema.train.world.Split;
import kinema.train.world.World;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules on exact outlines, so that only the rules can be wrong. */
class RulesTest {
    private static final int CLIPS = 90;
    private static final int FRAMES = 17;
    private static final World WORLD = new World();

    /** A rendering, what it shows, and exact outlines. */
    private record Case(Scenario scenario, Video video, List<float[]> masks) {
        static Case of(long seed) {
            Scenario scenario = WORLD.sample(seed, seed % 2 == 0 ? Split.TRAIN : Split.HELD_OUT);
            return new Case(
                    scenario,
                    WORLD.render(scenario, 64, FRAMES, seed).video(),
                    RenderedMask.cells(WORLD.mask(scenario, 64, FRAMES, seed)));
        }

        SpriteTrack track() {
            return SpriteTracker.track(video, new Detection(masks, List.of()));
        }
    }

    @Test
    void motionsOfRenderingsAreRecognised() {
        int right = 0;
        List<String> wrong = new ArrayList<>();
        for (long seed = 0; seed < CLIPS; seed++) {
            Case clip = Case.of(seed);
            Motion seen = MotionRules.judge(clip.track()).orElse(null);
            if (seen == clip.scenario.motion()) {
                right++;
            } else {
                wrong.add(clip.scenario + " seen as " + seen);
            }
        }
        assertThat(right).as(wrong.toString()).isGreaterThanOrEqualTo((int) (0.97 * CLIPS));
    }

    @Test
    void motionsSurviveUncertainOutlines() {
        Random random = new Random(3);
        int right = 0;
        for (long seed = 0; seed < CLIPS; seed++) {
            Case clip = Case.of(seed);
            for (float[] mask : clip.masks) {
                for (int i = 0; i < mask.length; i++) {
                    mask[i] = (float) Math.max(0, Math.min(1, mask[i] + 0.12 * random.nextGaussian()));
                }
            }
            right += MotionRules.judge(clip.track()).orElse(null) == clip.scenario.motion() ? 1 : 0;
        }
        assertThat(right).isGreaterThanOrEqualTo((int) (0.95 * CLIPS));
    }

    @ParameterizedTest
    @EnumSource
    void aReversedClipShowsTheOppositeMotion(Motion motion) {
        Motion opposite = switch (motion) {
            case LEFT -> Motion.RIGHT;
            case RIGHT -> Motion.LEFT;
            case UP -> Motion.DOWN;
            case DOWN -> Motion.UP;
            case GROW -> Motion.SHRINK;
            case SHRINK -> Motion.GROW;
            case BOUNCE, SPIN, STILL -> motion;
        };
        Scenario scenario = new Scenario(WORLD.subjects().get(0), null, motion, Scene.MEADOW, null);
        List<byte[]> frames =
                new ArrayList<>(WORLD.render(scenario, 64, FRAMES, 5).video().frames());
        List<float[]> masks = RenderedMask.cells(WORLD.mask(scenario, 64, FRAMES, 5));
        Collections.reverse(frames);
        Collections.reverse(masks);
        SpriteTrack track = SpriteTracker.track(new Video(64, 64, 8, frames), new Detection(masks, List.of()));
        assertThat(MotionRules.judge(track)).contains(opposite);
    }

    @Test
    void aTurnIsMeasuredWithItsSense() {
        Scenario scenario = new Scenario(WORLD.subjects().get(0), null, Motion.SPIN, Scene.SEA, null);
        List<float[]> masks = RenderedMask.cells(WORLD.mask(scenario, 64, FRAMES, 1));
        Video video = WORLD.render(scenario, 64, FRAMES, 1).video();
        assertThat(SpriteTracker.track(video, new Detection(masks, List.of())).turn())
                .isCloseTo(360, within(30.0));
    }

    @Test
    void withoutASubjectThereIsNoMotion() {
        Video video = Case.of(1).video;
        List<float[]> empty = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            empty.add(new float[SpriteNetwork.MASK_SIDE * SpriteNetwork.MASK_SIDE]);
        }
        assertThat(MotionRules.judge(SpriteTracker.track(video, new Detection(empty, List.of()))))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void scenesAreRecognised(boolean softened) {
        SceneRules rules = new SceneRules(WORLD);
        int right = 0;
        try (Rng rng = new Rng(4)) {
            for (long seed = 0; seed < CLIPS; seed++) {
                Case clip = Case.of(seed);
                Video video = softened ? JudgeCheck.soften(clip.video, rng) : clip.video;
                right += rules.judge(Background.of(video, clip.masks)) == clip.scenario.scene() ? 1 : 0;
            }
        }
        assertThat(right).isGreaterThanOrEqualTo((int) Math.ceil(0.99 * CLIPS));
    }
}
