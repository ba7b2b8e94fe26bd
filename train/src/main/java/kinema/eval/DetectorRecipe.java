package kinema.eval;

import kinema.train.OptimizerRecipe;
import kinema.train.Recipes;

/**
 * How the network that judges videos is trained on the rendered world.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param steps in all
 * @param clips rendered for a step
 * @param framesPerClip looked at in each clip
 * @param optimizer how parameters move
 * @param outline weight of the outline in the loss
 * @param logEvery steps from one line of the log to the next
 * @param checkEvery steps between measurements on held-out renderings
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record DetectorRecipe(
        long seed,
        String output,
        long steps,
        int clips,
        int framesPerClip,
        OptimizerRecipe optimizer,
        double outline,
        long logEvery,
        long checkEvery,
        long saveEvery,
        int keep) {
    /** Checks the ranges. */
    public DetectorRecipe {
        Recipes.require(clips > 0, "clips must be above 0", clips);
        Recipes.require(framesPerClip > 0, "frames_per_clip must be above 0", framesPerClip);
        Recipes.require(outline >= 0, "outline must be 0 or more", outline);
    }
}
