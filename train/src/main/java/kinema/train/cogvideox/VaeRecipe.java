package kinema.train.cogvideox;

import java.util.List;
import kinema.train.ClipSource.Shape;
import kinema.train.OptimizerRecipe;
import kinema.train.Recipes;
import kinema.train.data.DataRecipe;

/**
 * How a VAE is trained on clips. What a recipe leaves out stands in {@code VaeRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param start model folder whose VAE is trained on; empty for a new one
 * @param network a new VAE's shape
 * @param data the clips; the last {@link #HELD_OUT} are measured and never trained on
 * @param stages one after the other, from few frames to many
 * @param accumulate batches of a step
 * @param whole whether clips go through in one piece, as the authors trained, or in the chunks of generation
 * @param optimizer how parameters move
 * @param l1 weight of the mean absolute difference
 * @param l2 weight of the mean squared difference
 * @param kl weight of the mean divergence of a latent from a standard normal
 * @param subject how much more than the background the subject's pixels count, for sources that know it
 * @param edges weight of the difference of neighbouring pixels in the loss
 * @param logEvery steps
 * @param sampleEvery steps
 * @param saveEvery seconds
 * @param keep checkpoints
 */
public record VaeRecipe(
        long seed,
        String output,
        String start,
        Network network,
        DataRecipe data,
        List<Stage> stages,
        int accumulate,
        boolean whole,
        OptimizerRecipe optimizer,
        double l1,
        double l2,
        double kl,
        double subject,
        double edges,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /** Clips that are measured and not trained on. */
    static final int HELD_OUT = 16;

    /** A number of steps with clips of one size and length. */
    public record Stage(long steps, Shape size, int batch) {
        /** Checks the ranges. */
        public Stage {
            Recipes.require(steps > 0, "stages.steps must be above 0", steps);
            Recipes.require(batch > 0, "stages.batch must be above 0", batch);
            boolean whole = size.width() % 8 == 0 && size.height() % 8 == 0;
            Recipes.require(whole, "stages.size must have multiples of 8 pixels", size);
        }
    }

    /** The VAE's shape; the rest of its configuration is the published one's. */
    public record Network(List<Long> blockOutChannels, long layersPerBlock, long latentChannels, long normNumGroups) {}

    /** Checks the ranges. */
    public VaeRecipe {
        stages = List.copyOf(stages);
        Recipes.require(!stages.isEmpty(), "stages must have at least one entry", stages);
        Recipes.require(
                l1 >= 0 && l2 >= 0 && l1 + l2 > 0, "l1 and l2 must be 0 or more, and one above 0", l1 + ", " + l2);
        Recipes.require(subject >= 0, "subject must be 0 or more", subject);
        Recipes.require(edges >= 0, "edges must be 0 or more", edges);
        Recipes.require(kl >= 0, "kl must be 0 or more", kl);
        Recipes.require(
                !start.isEmpty() || !network.blockOutChannels().isEmpty(),
                "network.block_out_channels must be given for a new VAE",
                network.blockOutChannels());
    }

    /** Steps of all stages. */
    public long steps() {
        return stages.stream().mapToLong(Stage::steps).sum();
    }

    /** The stage a step belongs to. */
    Stage stage(long step) {
        long left = step;
        for (Stage stage : stages) {
            if (left < stage.steps()) {
                return stage;
            }
            left -= stage.steps();
        }
        return last();
    }

    /** The last stage. */
    Stage last() {
        return stages.get(stages.size() - 1);
    }
}
