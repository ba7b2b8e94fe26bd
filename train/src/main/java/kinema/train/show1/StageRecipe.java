package kinema.train.show1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import kinema.show1.Show1Size;
import kinema.train.ClipSource.Shape;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.DataRecipe;

/**
 * How the network of a Show-1's stage is trained: pictures, key frames, frames between them, the first frame or a window enlarged, or the
 * expert in latents. What a recipe leaves out stands in {@code StageRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param cache folder of frames and text states; empty for the run's own
 * @param model folder with the checkpoints that are there, which the finished model will have too; empty for none
 * @param start folder of a checkpoint whose network this one starts from; empty for a new network
 * @param layers which are trained
 * @param text folder of a Show-1 whose text encoder captions go through; empty for the small one that comes with the program
 * @param textTokens tokens of a caption; longer ones are cut, and all checkpoints of a model must have the same
 * @param network a new network's shape
 * @param data the clips
 * @param size of the clips, with all frames of a finished video; each stage takes its own of them
 * @param scale how much larger upscaling makes rows and columns
 * @param conditionNoise largest timestep whose noise is on what the network is shown beside its frames, drawn anew for each clip; 0 for
 *     none on key frames
 * @param steps how many
 * @param batch clips of a batch
 * @param accumulate batches of a step
 * @param textDropout share of clips trained without their caption, for guidance
 * @param precision of matrix products
 * @param optimizer how parameters move
 * @param sampling the stage's own defaults in the finished model
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture and measurement of held-out clips to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record StageRecipe(
        long seed,
        String output,
        String cache,
        String model,
        String start,
        Layers layers,
        String text,
        int textTokens,
        Network network,
        DataRecipe data,
        Shape size,
        int scale,
        int conditionNoise,
        long steps,
        int batch,
        int accumulate,
        double textDropout,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        Defaults sampling,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /** Which layers are trained. */
    public enum Layers {
        /** All. */
        @JsonProperty("all")
        ALL,
        /** Those that join frames; the others stay as they start. */
        @JsonProperty("temporal")
        TEMPORAL
    }

    /**
     * A new network's shape.
     *
     * @param widths channels of each level, multiples of 32, the finest first
     * @param layers of each level on the way down
     * @param attention levels with attention, the coarsest
     * @param headDim width of a head of attention
     * @param textWidth width of what layers in pixels attend to, a multiple of 32
     */
    public record Network(List<Long> widths, long layers, int attention, long headDim, long textWidth) {}

    /**
     * A stage's defaults for generation.
     *
     * @param steps denoising steps
     * @param guidance how strictly the prompt is followed
     * @param noiseLevel timestep up to whose noise small frames are made noisy, where they are enlarged
     */
    public record Defaults(int steps, double guidance, int noiseLevel) {}

    /** Checks the ranges. */
    public StageRecipe {
        Recipes.require(textTokens > 0, "text_tokens must be above 0", textTokens);
        Recipes.require(scale > 1, "scale must be above 1", scale);
        Recipes.require(conditionNoise >= 0, "condition_noise must be 0 or more", conditionNoise);
        Recipes.require(batch > 0, "batch must be above 0", batch);
        Recipes.require(textDropout >= 0 && textDropout < 1, "text_dropout must be in [0, 1)", textDropout);
        Recipes.require(
                !start.isEmpty() || !network.widths().isEmpty(),
                "network.widths must be given for a new network",
                network.widths());
        Recipes.require(
                layers == Layers.ALL || !start.isEmpty(),
                "layers: temporal keeps the other layers as they start: start must be given",
                "none");
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(steps, accumulate, logEvery, sampleEvery, saveEvery, keep);
    }

    /**
     * Throws when a stage cannot be trained so.
     *
     * @throws IllegalArgumentException naming the key
     */
    void check(StageKind kind) {
        Recipes.require(
                kind.clips() || layers == Layers.ALL,
                "layers must be all where a network makes single pictures, which it has no others for",
                "temporal");
        int frames = size.frames();
        boolean keys = kind == StageKind.BASE || kind == StageKind.INTERPOLATION;
        Recipes.require(
                !keys || (frames > 1 && (frames - 1) % Show1Size.KEY_EVERY == 0),
                "the frames of size must be 4k+1 for key frames and those between them",
                size);
        Recipes.require(
                frames >= kind.frames(frames),
                "the frames of size must be at least " + kind.frames(frames) + " for this stage",
                size);
        if (kind.enlarges()) {
            Recipes.require(
                    size.width() % scale == 0 && size.height() % scale == 0,
                    "size must have multiples of scale, " + scale + ", pixels",
                    size);
            Recipes.require(
                    conditionNoise >= sampling.noiseLevel(),
                    "condition_noise must reach sampling.noise_level, " + sampling.noiseLevel()
                            + ", so that the network knows that noise",
                    conditionNoise);
        }
    }
}
