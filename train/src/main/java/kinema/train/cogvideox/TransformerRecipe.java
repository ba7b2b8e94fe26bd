package kinema.train.cogvideox;

import kinema.train.OptimizerRecipe;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;

/**
 * How a transformer is trained on latents and text states of clips.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param model folder of the finished model in the published layout; its {@code vae/} is there already
 * @param network the transformer's shape
 * @param data the clips
 * @param steps in all
 * @param batch clips per step
 * @param textDropout share of clips trained without their caption, for guidance
 * @param precision of matrix products
 * @param optimizer how parameters move
 * @param sampling what pictures are drawn with, and the model's own defaults later
 * @param logEvery steps
 * @param sampleEvery steps
 * @param saveEvery seconds
 */
public record TransformerRecipe(
        long seed,
        String output,
        String model,
        Network network,
        Data data,
        long steps,
        int batch,
        double textDropout,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        Defaults sampling,
        long logEvery,
        long sampleEvery,
        long saveEvery) {
    /** The transformer's shape; the rest of its configuration is CogVideoX-2b's or, with rotary positions, 5b's. */
    public record Network(
            long heads,
            long headDim,
            long layers,
            long timeEmbedDim,
            int maxTextLength,
            boolean rotary,
            double snrShift) {}

    /** How many clips of the source, and their length in frames. */
    public record Data(int clips, int frames) {
        /** Checks the ranges. */
        public Data {
            Recipes.require(clips > 0, "data.clips must be above 0", clips);
            Recipes.require(frames > 0 && frames % 8 == 1, "data.frames must be 8k+1", frames);
        }
    }

    /** A model's defaults for generation. */
    public record Defaults(int steps, double guidance) {}

    /** Checks the ranges. */
    public TransformerRecipe {
        Recipes.require(batch > 0, "batch must be above 0", batch);
        Recipes.require(textDropout >= 0 && textDropout < 1, "text_dropout must be in [0, 1)", textDropout);
    }
}
