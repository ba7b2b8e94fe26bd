package kinema.train.cogvideox;

import java.util.List;
import kinema.cogvideox.transformer.Positions;
import kinema.train.ClipSource.Shape;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.DataRecipe;

/**
 * How a transformer is trained on latents and text states of clips. What a recipe leaves out stands in
 * {@code TransformerRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param cache folder of latents and text states; empty for the run's own
 * @param vae model folder whose VAE a new network is trained with
 * @param start model folder that is trained on; empty for a new network
 * @param network a new network's shape
 * @param lora a change of low rank that is trained in place of the whole network; of rank 0: none
 * @param distill what a student of few steps learns; of 0 steps: the clips themselves
 * @param data the clips
 * @param stages one after the other, from small clips to large ones
 * @param accumulate batches of a step
 * @param pack whether a batch's clips may have different sizes; they then go through the network in one sequence
 * @param recompute whether blocks are computed again for their derivatives, which saves their memory
 * @param grid where rotary positions of 1.0 models lie in other sizes than the network's own
 * @param textDropout share of clips trained without their caption, for guidance
 * @param imageDropout share of clips that an image-to-video model is trained on without their picture
 * @param precision of matrix products
 * @param optimizer how parameters move
 * @param sampling what pictures are drawn with, and a new model's own defaults later
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record TransformerRecipe(
        long seed,
        String output,
        String cache,
        String vae,
        String start,
        Network network,
        LoraRecipe lora,
        Distill distill,
        DataRecipe data,
        List<Stage> stages,
        int accumulate,
        boolean pack,
        boolean recompute,
        Positions.Grid grid,
        double textDropout,
        double imageDropout,
        ProductPrecision precision,
        OptimizerRecipe optimizer,
        Defaults sampling,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    /**
     * The transformer's shape; the rest of its configuration is CogVideoX-2b's or, with rotary positions, 5b's.
     *
     * @param heads of attention; the width is heads times head size
     * @param headDim size of a head
     * @param layers blocks one after the other
     * @param timeEmbedDim width of what the timestep becomes
     * @param maxTextLength tokens of a caption; longer ones are cut
     * @param rotary whether positions are rotations, as in 5b, or added, as in 2b
     * @param snrShift how far the noise is shifted: 3 in 2b, 1 in 5b
     */
    public record Network(
            long heads,
            long headDim,
            long layers,
            long timeEmbedDim,
            int maxTextLength,
            boolean rotary,
            double snrShift) {}

    /**
     * A change of low rank.
     *
     * @param rank of the change; 0 for none
     * @param alpha the change is scaled by alpha / rank
     * @param targets last names of the layers that are changed
     */
    public record LoraRecipe(long rank, double alpha, List<String> targets) {
        /** Checks that something is changed. */
        public LoraRecipe {
            Recipes.require(
                    rank == 0 || !targets.isEmpty(),
                    "lora.targets must have at least one layer, such as to_q",
                    targets);
        }
    }

    /**
     * Fewer steps than its teacher, the network as it is at the start, takes: each is trained to lead where several of the teacher's do.
     *
     * @param steps of the student; 0 for none
     * @param teacherSteps of the teacher, a multiple of the student's
     * @param guidance of the teacher, which the student then has in itself
     */
    public record Distill(int steps, int teacherSteps, double guidance) {
        /** Checks the ranges. */
        public Distill {
            Recipes.require(steps >= 0, "distill.steps must not be below 0", steps);
            Recipes.require(
                    steps == 0 || (teacherSteps > 0 && teacherSteps % steps == 0),
                    "distill.teacher_steps must be a multiple of distill.steps, " + steps,
                    teacherSteps);
            Recipes.require(guidance >= 1, "distill.guidance must be at least 1", guidance);
        }
    }

    /**
     * A number of steps on clips of some sizes.
     *
     * @param steps how many
     * @param batch clips of a batch
     * @param sizes that clips are given; each has the one that suits it best
     * @param column of the data's tables that a clip's number must reach; empty for all clips
     * @param least the number that a clip must reach there
     */
    public record Stage(long steps, int batch, List<Shape> sizes, String column, double least) {
        /** Checks the ranges. */
        public Stage {
            Recipes.require(steps > 0, "stages.steps must be above 0", steps);
            Recipes.require(batch > 0, "stages.batch must be above 0", batch);
            Recipes.require(!sizes.isEmpty(), "stages.sizes must have at least one entry", sizes);
            for (Shape size : sizes) {
                Recipes.require(size.frames() % 8 == 1, "the frames of stages.sizes must be 8k+1", size);
            }
            sizes = List.copyOf(sizes);
        }
    }

    /**
     * A model's defaults for generation.
     *
     * @param steps denoising steps
     * @param guidance how strictly the prompt is followed
     */
    public record Defaults(int steps, double guidance) {}

    /** Checks the ranges. */
    public TransformerRecipe {
        Recipes.require(!stages.isEmpty(), "stages must have at least one entry", stages);
        Recipes.require(textDropout >= 0 && textDropout < 1, "text_dropout must be in [0, 1)", textDropout);
        Recipes.require(imageDropout >= 0 && imageDropout < 1, "image_dropout must be in [0, 1)", imageDropout);
        Recipes.require(
                vae.isEmpty() != start.isEmpty(),
                "either vae (for a new network) or start (to train one on) must be given",
                "vae '" + vae + "' and start '" + start + "'");
        Recipes.require(
                lora.rank() == 0 || !start.isEmpty(),
                "lora changes a network that is there: start must be given",
                "none");
        Recipes.require(
                distill.steps() == 0 || !start.isEmpty(),
                "distill teaches a network that is there: start must be given",
                "none");
        Recipes.require(
                distill.steps() == 0 || !pack,
                "pack has clips of many sizes, and distill batches of one",
                "pack: true");
        stages = List.copyOf(stages);
    }

    /** Steps of all stages. */
    public long steps() {
        return stages.stream().mapToLong(Stage::steps).sum();
    }

    /** All sizes of all stages. */
    List<Shape> sizes() {
        return stages.stream()
                .flatMap(stage -> stage.sizes().stream())
                .distinct()
                .toList();
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(steps(), accumulate, logEvery, sampleEvery, saveEvery, keep);
    }
}
