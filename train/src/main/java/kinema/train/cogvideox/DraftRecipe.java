package kinema.train.cogvideox;

import java.util.List;
import kinema.train.ClipSource.Shape;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.PictureLoss;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.ClipStage;
import kinema.train.data.DataRecipe;

/**
 * How a draft decoder is trained to make the pictures that a model's VAE makes of the same latents. What a recipe leaves out stands in
 * {@code DraftRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param cache folder of latents and pictures; empty for the run's own
 * @param model folder of the model whose VAE is followed
 * @param start file of a draft decoder that is trained on; empty for a new one
 * @param widths of a new one: channels of its three levels, the coarsest first, and of what the last convolution sees; {@code []} with start
 * @param data the clips; the last 16 are measured and never trained on
 * @param stages one after the other
 * @param accumulate batches of a step
 * @param precision of convolutions and matrix products
 * @param optimizer how parameters move
 * @param l1 weight of the mean absolute difference
 * @param l2 weight of the mean squared difference
 * @param edges weight of the difference of neighbouring pixels in the loss
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record DraftRecipe(
        long seed,
        String output,
        String cache,
        String model,
        String start,
        List<Long> widths,
        DataRecipe data,
        List<ClipStage> stages,
        int accumulate,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        double l1,
        double l2,
        double edges,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    private static final int PERIOD = 8; // frames of a chunk of the VAE

    /** Checks the ranges. */
    public DraftRecipe {
        stages = List.copyOf(stages);
        widths = List.copyOf(widths);
        ClipStage.check(stages, 8);
        for (ClipStage stage : stages) {
            Recipes.require(
                    stage.size().frames() % PERIOD == 1,
                    "the frames of stages.size must be " + PERIOD + "k+1",
                    stage.size());
        }
        PictureLoss.check(l1, l2, 0, edges);
        Recipes.require(
                start.isEmpty() != widths.isEmpty(),
                "either widths (for a new draft decoder) or start (to train one on) must be given",
                "widths " + widths + " and start '" + start + "'");
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(ClipStage.steps(stages), accumulate, logEvery, sampleEvery, saveEvery, keep);
    }

    /** All sizes of all stages. */
    List<Shape> sizes() {
        return stages.stream().map(ClipStage::size).distinct().toList();
    }

    /** How pictures are compared. */
    PictureLoss pictures() {
        return new PictureLoss(l1, l2, 0, edges);
    }
}
