package kinema.eval;

import kinema.Video;
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
