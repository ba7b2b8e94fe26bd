package kinema.train.data;

import java.util.List;
import kinema.train.ClipSource.Shape;
import kinema.train.Recipes;

/**
 * A number of steps with clips of one size and length.
 *
 * @param steps how many
 * @param size of the clips
 * @param batch clips of a batch
 */
public record ClipStage(long steps, Shape size, int batch) {
    /** Checks the ranges. */
    public ClipStage {
        Recipes.require(steps > 0, "stages.steps must be above 0", steps);
        Recipes.require(batch > 0, "stages.batch must be above 0", batch);
    }

    /** Steps of all stages. */
    public static long steps(List<ClipStage> stages) {
        return stages.stream().mapToLong(ClipStage::steps).sum();
    }

    /** The stage, of several that follow one another, which a step belongs to; after their end the last. */
    public static ClipStage at(List<ClipStage> stages, long step) {
        long left = step;
        for (ClipStage stage : stages) {
            if (left < stage.steps) {
                return stage;
            }
            left -= stage.steps;
        }
        return last(stages);
    }

    /** The last of several stages. */
    public static ClipStage last(List<ClipStage> stages) {
        return stages.get(stages.size() - 1);
    }

    /** Throws when one of a recipe's stages has a size that is no multiple of so many pixels, or when there is none. */
    public static void check(List<ClipStage> stages, int pixels) {
        Recipes.require(!stages.isEmpty(), "stages must have at least one entry", stages);
        for (ClipStage stage : stages) {
            boolean whole = stage.size.width() % pixels == 0 && stage.size.height() % pixels == 0;
            Recipes.require(whole, "stages.size must have multiples of " + pixels + " pixels", stage.size);
        }
    }
}
