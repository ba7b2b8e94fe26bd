package kinema.train.world;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Turns a motion into one pose per frame. Sizes, starting points and little else vary from clip to clip. */
final class Choreography {
    /** How far a travelling subject goes, in frame sides. */
    private static final double TRAVEL = 0.46;

    private static final double HOP_HEIGHT = 0.32;
    private static final int HOPS = 2;
    /** Scale at the small end of growing and shrinking, relative to the large end. */
    private static final double SMALL = 0.36;

    private final Motion motion;
    private final Facing facing;
    private final double scale;
    private final double centreX;
    private final double centreY;

    /**
     * @param scenario what moves how
     * @param aspect the sprite's width over its height
     * @param random decides size and place
     */
    Choreography(Scenario scenario, double aspect, SplittableRandom random) {
        motion = scenario.motion();
        facing = scenario.subject().facing();
        scale = longSide(aspect) * (0.94 + 0.12 * random.nextDouble()) * (resizes() ? 1.12 : 1);
        centreX = 0.5 + 0.08 * (random.nextDouble() - 0.5);
        centreY = 0.5 + 0.08 * (random.nextDouble() - 0.5);
    }

    /** Sprites of every aspect cover about the same area; very long ones are limited to just over half the frame. */
    private static double longSide(double aspect) {
        double elongation = Math.max(aspect, 1 / aspect);
        return Math.min(0.56, 0.47 * Math.sqrt(elongation));
    }

    private boolean resizes() {
        return motion == Motion.GROW || motion == Motion.SHRINK;
    }

    /** The whole track of a clip. */
    Track track(int frames) {
        List<Pose> poses = new ArrayList<>(frames);
        for (int i = 0; i < frames; i++) {
            poses.add(pose(frames == 1 ? 0.5 : (double) i / (frames - 1)));
        }
        return new Track(poses);
    }

    /** The pose at time t in [0, 1]. */
    private Pose pose(double t) {
        double way = TRAVEL * (t - 0.5);
        return switch (motion) {
            case LEFT -> at(0.5 - way, centreY, scale, heading());
            case RIGHT -> at(0.5 + way, centreY, scale, heading());
            case UP -> at(centreX, 0.5 - way, scale, heading());
            case DOWN -> at(centreX, 0.5 + way, scale, heading());
            case BOUNCE -> hop(t);
            case SPIN -> at(centreX, centreY, scale, 2 * Math.PI * t);
            case GROW -> at(centreX, centreY, scale * size(t), 0);
            case SHRINK -> at(centreX, centreY, scale * size(1 - t), 0);
            case STILL -> at(centreX, centreY, scale, 0);
        };
    }

    private Pose at(double x, double y, double size, double angle) {
        return new Pose(x, y, size, angle, mirrored(), 1);
    }

    /** Parabolic hops, squashed on the ground and drawn out in the air. */
    private Pose hop(double t) {
        double phase = t * HOPS - Math.floor(t * HOPS);
        double height = 4 * phase * (1 - phase);
        double stretch = 0.88 + 0.17 * Math.min(1, 2 * height);
        return new Pose(centreX, 0.5 + HOP_HEIGHT * (0.5 - height), scale, 0, false, stretch);
    }

    private static double size(double t) {
        return SMALL + (1 - SMALL) * t;
    }

    private boolean mirrored() {
        return (motion == Motion.RIGHT && facing == Facing.LEFT) || (motion == Motion.LEFT && facing == Facing.RIGHT);
    }

    private double heading() {
        if (facing != Facing.UP) {
            return 0;
        }
        return switch (motion) {
            case LEFT -> -Math.PI / 2;
            case RIGHT -> Math.PI / 2;
            case DOWN -> Math.PI;
            default -> 0;
        };
    }
}
