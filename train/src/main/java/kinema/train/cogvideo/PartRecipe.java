package kinema.train.cogvideo;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kinema.cogvideo.CogVideo;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;

/**
 * How a network that makes tokens is trained: the text-to-image model, what a stage adds to it, or super-resolution. What a recipe
 * leaves out stands in {@code PartRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param model folder with the parts that are there, beside which a new one is trained: image autoencoder and vocabulary, and for all but
 *     the text-to-image model that one; empty where one is trained on
 * @param start model folder whose part is trained on, with the others that are there; empty for a new part
 * @param layers which are trained: those that are added to the text-to-image model, or that model's too
 * @param tokens folder of rows of tokens
 * @param clips folders of rows of clips, of which the text-to-image model learns single frames with their clips' texts, in turns with
 *     {@code tokens}: what is added to it then finds a model that knows such texts and moments
 * @param network a new text-to-image model's sizes; the other parts take them from its folder
 * @param window rows of a window of the second stage's temporal channel, of a new part; both stages must have the same
 * @param kernel rows and columns of super-resolution's neighbourhoods, of a new part
 * @param copyDense whether what is added and new starts as a copy of the text-to-image model's attention as a whole, as the paper says, or,
 *     as in the authors' code, but for the map after attention, which starts at random
 * @param pbRelax whether the temporal channel's scores are kept small while a stage is trained, as the authors do for float16; sums are
 *     float32 here, so it changes numbers by rounding alone
 * @param batch rows of a batch
 * @param steps how many
 * @param accumulate batches of a step
 * @param textDropout share of the rows of the text-to-image model, and of the first stage, whose caption is left out, for guidance
 * @param defaults what the model states for requests that leave it open, beside what the model in the folder states already: {@code frames},
 *     {@code fps}, the {@code language} of the captions, and settings such as {@code key-rate}, key frames per second, the lowest rate that
 *     the first stage was trained with
 * @param precision of matrix products
 * @param optimizer how parameters move
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps between measurements of rows that are held out
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record PartRecipe(
        long seed,
        String output,
        String model,
        String start,
        Layers layers,
        String tokens,
        List<String> clips,
        Network network,
        int window,
        int kernel,
        boolean copyDense,
        boolean pbRelax,
        int batch,
        long steps,
        int accumulate,
        double textDropout,
        Map<String, Object> defaults,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /** Which layers are trained. */
    public enum Layers {
        /** All: the stage then has a text-to-image model of its own. */
        @JsonProperty("all")
        ALL,
        /** Those that are added to the text-to-image model, which stays as it is. */
        @JsonProperty("added")
        ADDED
    }

    /**
     * Sizes of a text-to-image model.
     *
     * @param layers sandwich layers
     * @param width of a token
     * @param heads of attention
     * @param inner width inside the feed-forward map
     */
    public record Network(long layers, long width, long heads, long inner) {}

    /** Checks the ranges. */
    public PartRecipe {
        Recipes.require(
                model.isEmpty() != start.isEmpty(),
                "either model (for a new part) or start (to train one on) must be given",
                "model '" + model + "' and start '" + start + "'");
        Recipes.require(batch > 0, "batch must be above 0", batch);
        Recipes.require(kernel > 0 && kernel % 2 == 1, "kernel must be odd", kernel);
        Recipes.require(textDropout >= 0 && textDropout < 1, "text_dropout must be in [0, 1)", textDropout);
        CogVideo.checkStated(defaults);
        Recipes.require(
                clips.stream().allMatch(folder -> folder != null && !folder.isEmpty()),
                "clips must name folders of rows",
                clips);
        clips = List.copyOf(clips);
    }

    /** Whether the part starts from nothing, or from the text-to-image model alone. */
    boolean startsAnew() {
        return start.isEmpty();
    }

    /** The folder with the parts that are there. */
    Path folder() {
        return Path.of(startsAnew() ? model : start);
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(steps, accumulate, logEvery, sampleEvery, saveEvery, keep);
    }
}
