package kinema.train.cogvideox;

import java.util.List;
import kinema.train.OptimizerRecipe;
import kinema.train.Recipes;

/**
 * How a VAE is trained on clips.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param model folder the finished VAE is written to, as {@code vae/} of a published layout
 * @param network the VAE's shape
 * @param size of the pictures, pixels
 * @param stages one after the other, from few frames to many
 * @param optimizer how parameters move
 * @param subject how much more than the background the subject's pixels count
 * @param edges weight of the difference of neighbouring pixels in the loss
 * @param kl weight of the mean divergence of a latent from a standard normal
 * @param logEvery steps
 * @param sampleEvery steps
 * @param saveEvery seconds
 */
public record VaeRecipe(
        long seed,
        String output,
        String model,
        Network network,
        int size,
        List<Stage> stages,
        OptimizerRecipe optimizer,
        double subject,
        double edges,
        double kl,
        long logEvery,
        long sampleEvery,
        long saveEvery) {
    /** A number of steps with clips of one length. */
    public record Stage(long steps, int frames, int batch) {
        /** Checks the ranges. */
        public Stage {
            Recipes.require(steps > 0, "stages.steps must be above 0", steps);
            Recipes.require(frames > 0, "stages.frames must be above 0", frames);
            Recipes.require(batch > 0, "stages.batch must be above 0", batch);
        }
    }

    /** The VAE's shape; the rest of its configuration is the published one's. */
    public record Network(List<Long> blockOutChannels, long layersPerBlock, long latentChannels, long normNumGroups) {}

    /** Checks the ranges. */
    public VaeRecipe {
        stages = List.copyOf(stages);
        Recipes.require(!stages.isEmpty(), "stages must have at least one entry", stages);
        Recipes.require(size >= 16 && size % 8 == 0, "size must be a multiple of 8 from 16", size);
        Recipes.require(subject >= 0, "subject must be 0 or more", subject);
        Recipes.require(edges >= 0, "edges must be 0 or more", edges);
        Recipes.require(kl >= 0, "kl must be 0 or more", kl);
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
        return stages.get(stages.size() - 1);
    }
}
