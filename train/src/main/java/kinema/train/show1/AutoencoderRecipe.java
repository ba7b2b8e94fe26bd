package kinema.train.show1;

import java.util.List;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.PictureLoss;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.ClipStage;
import kinema.train.data.DataRecipe;

/**
 * How the autoencoder of Show-1's expert is trained on single pictures. What a recipe leaves out stands in {@code AutoencoderRecipe.yaml}
 * beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param model folder with the checkpoints that are there, which the run's model will have too; empty for none
 * @param start folder of a checkpoint whose autoencoder is trained on; empty for a new one
 * @param network a new autoencoder's shape
 * @param data the clips; the last 16 are measured and never trained on
 * @param stages one after the other, of one frame each
 * @param accumulate batches of a step
 * @param precision of convolutions and matrix products
 * @param optimizer how parameters move
 * @param pictures how pictures are compared
 * @param kl weight of the mean divergence of a latent from a standard normal
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record AutoencoderRecipe(
        long seed,
        String output,
        String model,
        String start,
        Network network,
        DataRecipe data,
        List<ClipStage> stages,
        int accumulate,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        PictureLoss pictures,
        double kl,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /**
     * The autoencoder's shape; each level after the first halves rows and columns.
     *
     * @param widths channels of each level, the finest first
     * @param layers residual layers of a level
     * @param latentChannels channels of latents
     * @param groups channels that are normalised together are of one of so many groups
     */
    public record Network(List<Long> widths, int layers, long latentChannels, long groups) {}

    /** Checks the ranges. */
    public AutoencoderRecipe {
        stages = List.copyOf(stages);
        ClipStage.check(stages, 1);
        for (ClipStage stage : stages) {
            Recipes.require(
                    stage.size().frames() == 1, "stages.size must be of one frame, such as 64x64x1", stage.size());
        }
        Recipes.require(kl >= 0, "kl must be 0 or more", kl);
        Recipes.require(
                !start.isEmpty() || !network.widths().isEmpty(),
                "network.widths must be given for a new autoencoder",
                network.widths());
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(ClipStage.steps(stages), accumulate, logEvery, sampleEvery, saveEvery, keep);
    }
}
