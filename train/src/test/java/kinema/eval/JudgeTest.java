package kinema.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kinema.Video;
import kinema.train.world.Meaning;
import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;
import kinema.train.world.Split;
import kinema.train.world.Subject;
import kinema.train.world.World;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judge with its bundled network on renderings it was not trained on. */
class JudgeTest {
    private static final int CLIPS = 90;
    private static final World WORLD = new World();

    private static final Judge JUDGE = Judge.bundled(WORLD);

    @TempDir
    Path folder;

    @AfterAll
    static void close() {
        JUDGE.close();
    }

    @Test
    void agreesWithWhatIsShown() {
        Scenario shown = WORLD.sample(5, Split.HELD_OUT);
        Video clip = WORLD.render(shown, 64, 17, 5).video();
        Motion other = shown.motion() == Motion.UP ? Motion.DOWN : Motion.UP;
        Subject stranger = WORLD.subjects().stream()
                .filter(subject -> !subject.equals(shown.subject()))
                .findFirst()
                .orElseThrow();
        double all = JUDGE.agreement(new Meaning(shown.subject(), shown.motion(), shown.scene()), clip);
        assertThat(all).isBetween(0.9, 1.0);
        assertThat(JUDGE.agreement(new Meaning(shown.subject(), other, shown.scene()), clip))
                .as("another motion")
                .isCloseTo(all - 1 / 3.0, within(1e-9));
        assertThat(JUDGE.agreement(new Meaning(stranger, null, null), clip))
                .as("another subject")
                .isLessThan(0.1);
        assertThatThrownBy(() -> JUDGE.agreement(new Meaning(null, null, null), clip))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing is meant that the judge can see");
    }

    @Test
    void judgesHeldOutRenderings() {
        JudgeCheck check = JudgeCheck.run(JUDGE, WORLD, CLIPS);
        assertThat(check.sharp().subject()).as("subjects, sharp").isGreaterThanOrEqualTo((int) (0.97 * CLIPS));
        assertThat(check.sharp().motion()).as("motions, sharp").isGreaterThanOrEqualTo((int) (0.97 * CLIPS));
        assertThat(check.sharp().scene()).as("scenes, sharp").isGreaterThanOrEqualTo((int) (0.98 * CLIPS));
        assertThat(check.softened().subject()).as("subjects, softened").isGreaterThanOrEqualTo((int) (0.95 * CLIPS));
        assertThat(check.softened().motion()).as("motions, softened").isGreaterThanOrEqualTo((int) (0.95 * CLIPS));
        assertThat(check.softened().scene()).as("scenes, softened").isGreaterThanOrEqualTo((int) (0.97 * CLIPS));
    }

    @Test
    void sizeAndLengthOfTheVideoDoNotMatter() {
        Scenario scenario = new Scenario(WORLD.subjects().get(0), null, Motion.LEFT, Scene.SEA, null);
        for (int size : List.of(48, 64, 96, 160)) {
            Video video = WORLD.render(scenario, size, 9, 7).video();
            assertThat(JUDGE.judge(video).score(scenario)).as("%d pixels", size).isEqualTo(new Score(true, true, true));
        }
    }

    @Test
    void anEmptySceneHasNoMotion() {
        byte[] flat = new byte[3 * 64 * 64];
        Arrays.fill(flat, (byte) 0x90);
        Video video = new Video(64, 64, 8, List.of(flat, flat, flat));
        assertThat(JUDGE.judge(video).motion()).isNull();
    }

    @Test
    void weightsOfOtherSubjectsAreRefused() throws IOException {
        Path file = folder.resolve("detector.safetensors");
        try (InputStream in = SpriteDetector.class.getResourceAsStream("detector.safetensors")) {
            Files.copy(in, file);
        }
        assertThatThrownBy(() -> SpriteDetector.open(folder, WORLD.subjects().subList(1, 60)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("was trained on other subjects")
                .hasMessageContaining("kinema train detector");
    }
}
