package kinema.train.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorldTest {
    private static final int SIZE = 64;
    private static final int FRAMES = 17;

    private final World world = new World();

    @Test
    void isLargeEnough() {
        assertThat(world.subjects()).hasSizeGreaterThanOrEqualTo(48).doesNotHaveDuplicates();
        assertThat(Motion.values()).hasSize(9);
        assertThat(Scene.values()).hasSize(8);
    }

    @Test
    void everySubjectIsDrawnInEveryColorItCanHave() {
        for (Subject subject : world.subjects()) {
            Scenario still = still(subject, null);
            assertThat(coverage(world.mask(still, SIZE, 1, 1).frames().get(0)))
                    .as(subject.name())
                    .isBetween(0.07, 0.30);
            Set<Integer> looks = new HashSet<>();
            looks.add(look(still));
            for (ColorWord color : ColorWord.values()) {
                if (subject.colorable() && color != subject.nativeColor()) {
                    looks.add(look(still(subject, color)));
                }
            }
            int colors = ColorWord.values().length - (subject.nativeColor() == null ? 0 : 1);
            assertThat(looks).as(subject.name()).hasSize(subject.colorable() ? 1 + colors : 1);
        }
    }

    @Test
    void nativeColorKeepsThePicture() {
        Subject fish = subject("fish");
        assertThat(look(still(fish, ColorWord.BLUE))).isEqualTo(look(still(fish, null)));
    }

    @Test
    void redRocketIsRed() {
        Scenario red = new Scenario(subject("rocket"), ColorWord.RED, Motion.STILL, Scene.NIGHT_SKY, null);
        int[] mean = meanColor(red);
        assertThat(mean[0]).isGreaterThan(2 * mean[1]).isGreaterThan(2 * mean[2]);
    }

    @Test
    void sameSeedGivesSameBytes() {
        World another = new World();
        for (long seed = 0; seed < 40; seed++) {
            Scenario scenario = world.sample(seed, Split.TRAIN);
            assertThat(another.sample(seed, Split.TRAIN)).isEqualTo(scenario);
            Clip clip = world.render(scenario, SIZE, FRAMES, seed);
            Clip again = another.render(scenario, SIZE, FRAMES, seed);
            assertThat(again.caption()).isEqualTo(clip.caption()).isEqualTo(world.caption(scenario, seed));
            assertThat(again.track()).isEqualTo(clip.track()).isEqualTo(world.track(scenario, FRAMES, seed));
            for (int i = 0; i < FRAMES; i++) {
                assertThat(again.video().frames().get(i))
                        .isEqualTo(clip.video().frames().get(i));
            }
        }
    }

    @Test
    void otherSeedGivesOtherClip() {
        Scenario scenario = new Scenario(subject("cat"), null, Motion.LEFT, Scene.SNOW, null);
        Set<Integer> hashes = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            hashes.add(Arrays.hashCode(
                    world.render(scenario, SIZE, 1, seed).video().frames().get(0)));
        }
        assertThat(hashes).hasSize(20);
    }

    @Test
    void threadsDoNotDisturbOneAnother() {
        List<Integer> alone = IntStream.range(0, 64).mapToObj(this::clipHash).toList();
        World fresh = new World();
        List<Integer> together = IntStream.range(0, 64)
                .parallel()
                .mapToObj(seed -> clipHash(fresh, seed))
                .toList();
        assertThat(together).isEqualTo(alone);
    }

    @Test
    void maskIsWhereTheClipDiffersFromItsScene() {
        Scenario scenario = new Scenario(subject("heart"), null, Motion.RIGHT, Scene.PLAIN, ColorWord.GREEN);
        byte[] frame = world.render(scenario, SIZE, FRAMES, 3).video().frames().get(5);
        byte[] mask = world.mask(scenario, SIZE, FRAMES, 3).frames().get(5);
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] == 0) {
                assertThat(frame[i]).as("byte %d outside the mask", i).isEqualTo(frame[i % 3]);
            }
        }
        assertThat(frame[3 * (32 * SIZE + 27)] & 0xFF).as("red of the heart").isGreaterThan(200);
    }

    @ParameterizedTest
    @EnumSource(Scene.class)
    void sceneIsUnlikeTheOthers(Scene scene) {
        double[] own = sceneProfile(scene, 1);
        double toItself = distance(own, sceneProfile(scene, 2));
        for (Scene other : Scene.values()) {
            if (other != scene) {
                assertThat(distance(own, sceneProfile(other, 1)))
                        .as("%s and %s", scene, other)
                        .isGreaterThan(3 * toItself);
            }
        }
    }

    @Test
    void refusesImpossibleRequests() {
        Subject cow = subject("cow");
        assertThatThrownBy(() -> still(cow, ColorWord.RED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "subject 'cow' cannot be coloured, found colour red; use a colourable subject or no colour");
        assertThatThrownBy(() -> new Scenario(cow, null, Motion.UP, Scene.SEA, ColorWord.RED))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("scene PLAIN and no other, found scene SEA with red");
        assertThatThrownBy(() -> world.render(still(cow, null), 8, FRAMES, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 16 pixels wide, found 8");
        assertThatThrownBy(() -> world.render(still(cow, null), SIZE, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one frame, found 0");
    }

    private int clipHash(int seed) {
        return clipHash(world, seed);
    }

    private static int clipHash(World world, int seed) {
        Clip clip = world.render(world.sample(seed, Split.TRAIN), SIZE, 3, seed);
        return Arrays.deepHashCode(clip.video().frames().toArray());
    }

    private Subject subject(String name) {
        return world.subjects().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Scenario still(Subject subject, @Nullable ColorWord color) {
        return new Scenario(subject, color, Motion.STILL, Scene.NIGHT_SKY, null);
    }

    private int look(Scenario scenario) {
        return Arrays.hashCode(
                world.render(scenario, SIZE, 1, 1).video().frames().get(0));
    }

    /** Mean colour where the subject is. */
    private int[] meanColor(Scenario scenario) {
        byte[] frame = world.render(scenario, SIZE, 1, 1).video().frames().get(0);
        byte[] mask = world.mask(scenario, SIZE, 1, 1).frames().get(0);
        int[] sum = new int[3];
        int count = 0;
        for (int i = 0; i < frame.length; i += 3) {
            if ((mask[i] & 0xFF) == 255) {
                count++;
                for (int c = 0; c < 3; c++) {
                    sum[c] += frame[i + c] & 0xFF;
                }
            }
        }
        int pixels = count;
        return Arrays.stream(sum).map(total -> total / pixels).toArray();
    }

    private static double coverage(byte[] mask) {
        double sum = 0;
        for (byte b : mask) {
            sum += b & 0xFF;
        }
        return sum / (255.0 * mask.length);
    }

    /** Mean colour of eight horizontal bands at the frame's left and right edge, where a still subject never is. */
    private double[] sceneProfile(Scene scene, long seed) {
        Scenario scenario = new Scenario(
                subject("rocket"), null, Motion.STILL, scene, scene == Scene.PLAIN ? ColorWord.PURPLE : null);
        byte[] frame = world.render(scenario, SIZE, 1, seed).video().frames().get(0);
        double[] profile = new double[8 * 3];
        int bandPixels = 8 * 24;
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                if (x < 12 || x >= SIZE - 12) {
                    for (int c = 0; c < 3; c++) {
                        profile[y / 8 * 3 + c] += (frame[(y * SIZE + x) * 3 + c] & 0xFF) / (double) bandPixels;
                    }
                }
            }
        }
        return profile;
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return Math.sqrt(sum / a.length);
    }
}
