package kinema.train.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The motions as exact tracks and as pixels, for every subject. */
class MotionTest {
    private static final int SIZE = 64;
    private static final int FRAMES = 17;

    private final World world = new World();

    @ParameterizedTest
    @EnumSource
    void trackDoesWhatTheMotionSays(Motion motion) {
        for (Subject subject : world.subjects()) {
            for (long seed = 0; seed < 5; seed++) {
                Track track = world.track(scenario(subject, motion), FRAMES, seed);
                assertThat(track.poses()).hasSize(FRAMES);
                double dx = SIZE * (track.last().x() - track.first().x());
                double dy = SIZE * (track.last().y() - track.first().y());
                switch (motion) {
                    case LEFT -> assertThat(dx).isLessThan(-24);
                    case RIGHT -> assertThat(dx).isGreaterThan(24);
                    case UP -> assertThat(dy).isLessThan(-24);
                    case DOWN -> assertThat(dy).isGreaterThan(24);
                    case BOUNCE -> assertThat(peaks(track)).isGreaterThanOrEqualTo(2);
                    case SPIN -> assertThat(track.last().angle()).isGreaterThanOrEqualTo(Math.toRadians(270));
                    case GROW -> assertThat(growth(track)).isGreaterThan(2);
                    case SHRINK -> assertThat(growth(track)).isLessThan(0.5);
                    case STILL -> assertThat(track.poses()).containsOnly(track.first());
                }
                if (motion != Motion.LEFT && motion != Motion.RIGHT) {
                    assertThat(dx).isZero();
                }
                if (motion != Motion.UP && motion != Motion.DOWN) {
                    assertThat(dy).isZero();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void subjectStaysInTheFrameAndOnItsTrack(Motion motion) {
        for (Subject subject : world.subjects()) {
            Scenario scenario = scenario(subject, motion);
            List<byte[]> masks = world.mask(scenario, SIZE, FRAMES, 11).frames();
            Track track = world.track(scenario, FRAMES, 11);
            double most = masks.stream().mapToDouble(MotionTest::area).max().orElseThrow();
            for (int i = 0; i < FRAMES; i++) {
                String what = subject.name() + " " + motion + " frame " + i;
                if (motion != Motion.GROW && motion != Motion.SHRINK) {
                    assertThat(area(masks.get(i))).as(what).isGreaterThan(0.9 * most);
                }
                double[] centroid = centroid(masks.get(i));
                double tolerance = 0.25 * track.poses().get(i).scale() * SIZE;
                assertThat(Math.abs(centroid[0] - SIZE * track.poses().get(i).x()))
                        .as(what)
                        .isLessThan(tolerance);
                assertThat(Math.abs(centroid[1] - SIZE * track.poses().get(i).y()))
                        .as(what)
                        .isLessThan(tolerance);
            }
        }
    }

    @Test
    void sideViewsFaceTheWayTheyGo() {
        for (Subject subject : world.subjects()) {
            Pose left = world.track(scenario(subject, Motion.LEFT), FRAMES, 1).first();
            Pose right = world.track(scenario(subject, Motion.RIGHT), FRAMES, 1).first();
            assertThat(left.mirrored()).isEqualTo(subject.facing() == Facing.RIGHT);
            assertThat(right.mirrored()).isEqualTo(subject.facing() == Facing.LEFT);
            double turn = subject.facing() == Facing.UP ? Math.PI / 2 : 0;
            assertThat(right.angle()).isEqualTo(turn);
            assertThat(left.angle()).isEqualTo(0 - turn);
        }
    }

    @Test
    void mirroredFrameIsTheMirrorImage() {
        Sprite sprite = new Sprite(8, 8, gradientToTheRight());
        byte[] plain = new byte[3 * SIZE * SIZE];
        byte[] mirrored = new byte[3 * SIZE * SIZE];
        sprite.draw(new Pose(0.5, 0.5, 0.5, 0, false, 1), plain, SIZE);
        sprite.draw(new Pose(0.5, 0.5, 0.5, 0, true, 1), mirrored, SIZE);
        assertThat(plain).isNotEqualTo(mirrored);
        for (int y = 0; y < SIZE; y++) {
            for (int x = 0; x < SIZE; x++) {
                int here = plain[3 * (y * SIZE + x)] & 0xFF;
                int there = mirrored[3 * (y * SIZE + SIZE - 1 - x)] & 0xFF;
                assertThat(here).as("x %d y %d", x, y).isCloseTo(there, within(2));
            }
        }
    }

    @Test
    void quarterTurnIsClockwise() {
        Sprite sprite = new Sprite(8, 8, gradientToTheRight());
        byte[] turned = new byte[3 * SIZE * SIZE];
        sprite.draw(new Pose(0.5, 0.5, 0.5, Math.PI / 2, false, 1), turned, SIZE);
        int top = turned[3 * (20 * SIZE + 32)] & 0xFF;
        int bottom = turned[3 * (44 * SIZE + 32)] & 0xFF;
        assertThat(bottom).as("what was right is now at the bottom").isGreaterThan(top + 100);
    }

    /** Opaque, red from 31 at the left to 255 at the right. */
    private static int[] gradientToTheRight() {
        int[] argb = new int[64];
        for (int i = 0; i < 64; i++) {
            argb[i] = 0xFF000000 | (32 * (i % 8 + 1) - 1) << 16;
        }
        return argb;
    }

    private static Scenario scenario(Subject subject, Motion motion) {
        return new Scenario(subject, null, motion, Scene.SEA, null);
    }

    private static double growth(Track track) {
        return track.last().scale() / track.first().scale();
    }

    /** How often the subject is higher than just before and just after. */
    private static int peaks(Track track) {
        int peaks = 0;
        for (int i = 1; i < FRAMES - 1; i++) {
            double before = track.poses().get(i - 1).y();
            double here = track.poses().get(i).y();
            double after = track.poses().get(i + 1).y();
            if (here < before && here < after) {
                peaks++;
            }
        }
        return peaks;
    }

    private static double area(byte[] mask) {
        double sum = 0;
        for (int i = 0; i < mask.length; i += 3) {
            sum += (mask[i] & 0xFF) / 255.0;
        }
        return sum;
    }

    private static double[] centroid(byte[] mask) {
        double x = 0;
        double y = 0;
        for (int i = 0; i < mask.length; i += 3) {
            int weight = mask[i] & 0xFF;
            x += weight * (i / 3 % SIZE + 0.5) / 255;
            y += weight * (i / 3 / SIZE + 0.5) / 255;
        }
        double area = area(mask);
        return new double[] {x / area, y / area};
    }
}
