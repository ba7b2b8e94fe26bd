package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import kinema.Video;
import kinema.train.world.Meaning;
import kinema.train.world.Motion;
import kinema.train.world.World;

/**
 * Says what a video of the world shows: the subject by a small network, the motion by rules on its track, the scene by
 * rules on the background. It never sees what was asked for.
 *
 * <p>Safe to share between threads; close it to free the network.
 */
public final class Judge implements AutoCloseable {
    private final World world;
    private final SpriteDetector detector;
    private final SceneRules scenes;

    /** A judge with this detector, which it closes. */
    public Judge(World world, SpriteDetector detector) {
        this.world = world;
        this.detector = detector;
        scenes = new SceneRules(world);
    }

    /** A judge with the bundled detector. */
    public static Judge bundled(World world) {
        return new Judge(world, SpriteDetector.bundled(world.subjects()));
    }

    /** Judges a video of any size and length. */
    public Verdict judge(Video video) {
        Detection seen = detector.detect(video);
        return new Verdict(
                world.subjects().get(likeliest(seen.meanSubjects())),
                MotionRules.judge(SpriteTracker.track(video, seen)).orElse(null),
                scenes.judge(Background.of(video, seen.masks())));
    }

    /**
     * How much of what is meant a video shows: the mean over subject, motion and scene, as far as they are meant. The last two count 1
     * or 0, the subject by its likelihood, so that of two videos with the right one the clearer counts more.
     *
     * @return from 0 to 1
     * @throws IllegalArgumentException when nothing is meant that it can see
     */
    public double agreement(Meaning meant, Video video) {
        if (meant.isEmpty()) {
            throw new IllegalArgumentException("nothing is meant that the judge can see: no subject, motion or scene");
        }
        Detection seen = detector.detect(video);
        List<Double> parts = new ArrayList<>();
        if (meant.subject() != null) {
            parts.add(Math.exp(seen.meanSubjects()[world.subjects().indexOf(meant.subject())]));
        }
        if (meant.motion() != null) {
            Optional<Motion> motion = MotionRules.judge(SpriteTracker.track(video, seen));
            parts.add(motion.equals(Optional.of(meant.motion())) ? 1.0 : 0);
        }
        if (meant.scene() != null) {
            parts.add(scenes.judge(Background.of(video, seen.masks())) == meant.scene() ? 1.0 : 0);
        }
        return parts.stream().mapToDouble(part -> part).average().orElseThrow();
    }

    @Override
    public void close() {
        detector.close();
    }

    private static int likeliest(double[] scores) {
        int best = 0;
        for (int k = 1; k < scores.length; k++) {
            best = scores[k] > scores[best] ? k : best;
        }
        return best;
    }
}
