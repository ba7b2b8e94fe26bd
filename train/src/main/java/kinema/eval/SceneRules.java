package kinema.eval;

import java.util.ArrayList;
import java.util.List;
import kinema.Video;
import kinema.train.world.ColorWord;
import kinema.train.world.Motion;
import kinema.train.world.Scenario;
import kinema.train.world.Scene;
import kinema.train.world.Subject;
import kinema.train.world.World;
import org.jspecify.annotations.Nullable;

/**
 * Decides from its background which scene a video shows: the nearest of the world's, each known by the mean and spread
 * of the backgrounds of some renderings. A plain scene has one reference for each colour.
 */
final class SceneRules {
    private static final int RENDERINGS = 20;
    private static final int SIDE = 64;
    /** Pictures differ by this much from renderings, whatever the spread among those. */
    private static final double LEAST_SPREAD = 0.05;

    /** The backgrounds of one scene: mean and spread of each feature. */
    private record Reference(Scene scene, double[] mean, double[] spread) {}

    private final List<Reference> references = new ArrayList<>();

    /** Measures the world's scenes. */
    SceneRules(World world) {
        for (Scene scene : Scene.values()) {
            if (scene == Scene.PLAIN) {
                for (ColorWord color : ColorWord.values()) {
                    references.add(measure(world, scene, color));
                }
            } else {
                references.add(measure(world, scene, null));
            }
        }
    }

    /** The nearest scene. */
    Scene judge(Background background) {
        Reference best = references.get(0);
        double least = Double.POSITIVE_INFINITY;
        for (Reference reference : references) {
            double distance = distance(background.features(), reference);
            if (distance < least) {
                least = distance;
                best = reference;
            }
        }
        return best.scene;
    }

    /** The negative logarithm of a normal density, mean over the features that were seen. */
    private static double distance(double[] features, Reference reference) {
        double sum = 0;
        int seen = 0;
        for (int i = 0; i < features.length; i++) {
            if (!Double.isNaN(features[i])) {
                double deviations = (features[i] - reference.mean[i]) / reference.spread[i];
                sum += 0.5 * deviations * deviations + Math.log(reference.spread[i]);
                seen++;
            }
        }
        return seen == 0 ? Double.MAX_VALUE : sum / seen;
    }

    private static Reference measure(World world, Scene scene, @Nullable ColorWord color) {
        int length = Background.BANDS * Background.PER_BAND;
        double[] sum = new double[length];
        double[] square = new double[length];
        for (int i = 0; i < RENDERINGS; i++) {
            Subject subject = world.subjects().get(i % world.subjects().size());
            double[] features = rendered(world, new Scenario(subject, null, Motion.SHRINK, scene, color), i);
            for (int k = 0; k < length; k++) {
                sum[k] += features[k] / RENDERINGS;
                square[k] += features[k] * features[k] / RENDERINGS;
            }
        }
        double[] spread = new double[length];
        for (int k = 0; k < length; k++) {
            spread[k] = Math.sqrt(Math.max(0, square[k] - sum[k] * sum[k]) + LEAST_SPREAD * LEAST_SPREAD);
        }
        return new Reference(scene, sum, spread);
    }

    /** The background of the last frame of a shrinking subject, where most of it is free. */
    private static double[] rendered(World world, Scenario scenario, long seed) {
        Video clip = last(world.render(scenario, SIDE, 2, seed).video());
        Video mask = last(world.mask(scenario, SIDE, 2, seed));
        return Background.of(clip, RenderedMask.cells(mask)).features();
    }

    private static Video last(Video video) {
        return new Video(
                video.width(),
                video.height(),
                video.fps(),
                List.of(video.frames().get(1)));
    }
}
