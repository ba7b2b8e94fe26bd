package kinema.train.cogvideo;

import java.util.List;
import kinema.cogvideo.image.ImageConfig;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.PictureLoss;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.ClipStage;
import kinema.train.data.DataRecipe;

/**
 * How an image autoencoder with a codebook is trained. What a recipe leaves out stands in {@code ImageRecipe.yaml} beside this
 * class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param start model folder whose image autoencoder is trained on; empty for a new one
 * @param network a new autoencoder's sizes
 * @param rate rows and columns of pixels that a code stands for; the decoders of other rates are left out
 * @param codebook how codes are moved
 * @param clusters into which the codes are sorted in the end
 * @param data the clips, of which single pictures are taken; the last 16 are measured and never trained on
 * @param stages one after the other; each side of a picture divided by the rate is the grid of its codes
 * @param accumulate batches of a step
 * @param precision of convolutions and matrix products
 * @param optimizer how all parameters but the codes move
 * @param pictures how pictures are compared
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record ImageRecipe(
        long seed,
        String output,
        String start,
        Network network,
        int rate,
        Codebook codebook,
        int clusters,
        DataRecipe data,
        List<ClipStage> stages,
        int accumulate,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        PictureLoss pictures,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /**
     * The autoencoder's sizes.
     *
     * @param channels of the first level, a multiple of 32
     * @param multipliers of the three levels
     * @param blocks residual blocks of an encoder's level
     * @param stateChannels channels out of the encoder
     * @param codeWidth numbers of a code
     * @param codes in the codebook
     */
    public record Network(
            long channels, List<Long> multipliers, long blocks, long stateChannels, long codeWidth, long codes) {}

    /**
     * How codes are moved.
     *
     * @param decay memory of the running means that codes are
     * @param commitment weight of the mean squared difference between the encoder's points and their codes
     * @param restartBelow a code that fewer points a step are nearest to, in the running mean, starts again at one of them
     */
    public record Codebook(double decay, double commitment, double restartBelow) {
        /** Checks the ranges. */
        public Codebook {
            Recipes.require(decay > 0 && decay < 1, "codebook.decay must be between 0 and 1", decay);
            Recipes.require(commitment >= 0, "codebook.commitment must be 0 or more", commitment);
            Recipes.require(
                    restartBelow > 0 && restartBelow < 1,
                    "codebook.restart_below must be between 0 and 1, the points that a restarted code counts",
                    restartBelow);
        }
    }

    /** Checks the ranges. */
    public ImageRecipe {
        Recipes.require(ImageConfig.RATES.contains(rate), "rate must be one of " + ImageConfig.RATES, rate);
        Recipes.require(clusters > 0, "clusters must be above 0", clusters);
        ClipStage.check(stages, rate);
        for (ClipStage stage : stages) {
            Recipes.require(
                    stage.size().frames() == 1, "stages.size must be of one frame, such as 64x64x1", stage.size());
        }
        stages = List.copyOf(stages);
    }

    /** Steps of all stages. */
    public long steps() {
        return ClipStage.steps(stages);
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(steps(), accumulate, logEvery, sampleEvery, saveEvery, keep);
    }
}
