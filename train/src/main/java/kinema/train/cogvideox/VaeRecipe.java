package kinema.train.cogvideox;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import kinema.train.ClipSource.Shape;
import kinema.train.Lpips;
import kinema.train.OptimizerRecipe;
import kinema.train.Pace;
import kinema.train.PictureLoss;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.ClipStage;
import kinema.train.data.DataRecipe;

/**
 * How a VAE is trained on clips. What a recipe leaves out stands in {@code VaeRecipe.yaml} beside this class.
 *
 * @param seed of everything random
 * @param output folder of the run
 * @param start model folder whose VAE is trained on; empty for a new one
 * @param layers which are trained
 * @param network a new VAE's shape
 * @param data the clips; the last 16 are measured and never trained on
 * @param stages one after the other, from few frames to many
 * @param accumulate batches of a step
 * @param precision of convolutions and matrix products
 * @param whole whether clips go through in one piece, as the authors trained, or in the chunks of generation
 * @param optimizer how parameters move
 * @param l1 weight of the mean absolute difference
 * @param l2 weight of the mean squared difference
 * @param kl weight of the mean divergence of a latent from a standard normal
 * @param subject how much more than the background the subject's pixels count, for sources that know it
 * @param edges weight of the difference of neighbouring pixels in the loss
 * @param perceptual LPIPS, by the user's own files
 * @param adversarial the discriminator that is trained beside the VAE
 * @param logEvery steps from one line of the log to the next
 * @param sampleEvery steps from one sample picture to the next
 * @param saveEvery seconds from one checkpoint to the next
 * @param keep checkpoints that stay
 */
public record VaeRecipe(
        long seed,
        String output,
        String start,
        Layers layers,
        Network network,
        DataRecipe data,
        List<ClipStage> stages,
        int accumulate,
        ProductPrecision precision,
        boolean whole,
        OptimizerRecipe optimizer,
        double l1,
        double l2,
        double kl,
        double subject,
        double edges,
        Perceptual perceptual,
        Adversarial adversarial,
        long logEvery,
        long sampleEvery,
        long saveEvery,
        int keep) {
    private static final int TIMES = 4; // frames of a latent frame
    private static final int CHUNK = 2; // latent frames

    /** Which layers are trained. */
    public enum Layers {
        /** All. */
        @JsonProperty("all")
        ALL,
        /** The decoder's: latents stay what they are, and what a transformer that knows them makes has better pictures. */
        @JsonProperty("decoder")
        DECODER
    }

    /**
     * The VAE's shape; the rest of its configuration is the published one's.
     *
     * @param blockOutChannels channels at each of four resolutions, the whole one first
     * @param layersPerBlock residual layers at each
     * @param latentChannels channels of latents
     * @param normNumGroups groups of channels that are normalised together
     */
    public record Network(List<Long> blockOutChannels, long layersPerBlock, long latentChannels, long normNumGroups) {}

    /**
     * How unlike a random frame of each clip seems to people.
     *
     * @param weight of the term; 0 for none
     * @param backbone file of AlexNet or VGG16, with torchvision's names
     * @param linear file of the weights of its features, LPIPS version 0.1
     */
    public record Perceptual(double weight, String backbone, String linear) {
        /** Checks the ranges. */
        public Perceptual {
            Recipes.require(weight >= 0, "perceptual.weight must be 0 or more", weight);
            Recipes.require(
                    weight == 0 || !(backbone.isEmpty() || linear.isEmpty()),
                    "perceptual.backbone and perceptual.linear must name files",
                    "'" + backbone + "' and '" + linear + "'");
        }
    }

    /**
     * A discriminator of patches of clips, trained with the hinge loss.
     *
     * @param weight of the VAE's term; 0 for no discriminator
     * @param start the first step with it
     * @param channels of its first layer, a multiple of 8
     * @param layers that halve rows and columns
     * @param optimizer how its parameters move
     */
    public record Adversarial(double weight, long start, long channels, int layers, OptimizerRecipe optimizer) {
        /** Checks the ranges. */
        public Adversarial {
            Recipes.require(weight >= 0, "adversarial.weight must be 0 or more", weight);
            Recipes.require(start >= 0, "adversarial.start must be 0 or more", start);
            Recipes.require(
                    channels > 0 && channels % 8 == 0, "adversarial.channels must be a multiple of 8", channels);
            Recipes.require(layers > 0 && layers < 7, "adversarial.layers must be 1 to 6", layers);
        }
    }

    /** Checks the ranges. */
    public VaeRecipe {
        stages = List.copyOf(stages);
        ClipStage.check(stages, 8);
        stages.forEach(stage -> checkFrames(stage.size(), whole));
        stages.forEach(stage -> Recipes.require(
                perceptual.weight() == 0
                        || Math.min(stage.size().width(), stage.size().height()) >= Lpips.SMALLEST,
                "with perceptual.weight the pictures of stages.size must be at least " + Lpips.SMALLEST + "x"
                        + Lpips.SMALLEST,
                stage.size()));
        PictureLoss.check(l1, l2, subject, edges);
        Recipes.require(kl >= 0, "kl must be 0 or more", kl);
        Recipes.require(
                layers == Layers.ALL || !start.isEmpty(),
                "layers: decoder keeps the encoder as it starts: start must be given",
                "none");
        Recipes.require(
                !start.isEmpty() || !network.blockOutChannels().isEmpty(),
                "network.block_out_channels must be given for a new VAE",
                network.blockOutChannels());
    }

    private static void checkFrames(Shape size, boolean whole) {
        int period = whole ? TIMES : CHUNK * TIMES;
        Recipes.require(size.frames() % period == 1, "the frames of stages.size must be " + period + "k+1", size);
    }

    /** Steps of all stages. */
    public long steps() {
        return ClipStage.steps(stages);
    }

    /** The last stage. */
    ClipStage last() {
        return ClipStage.last(stages);
    }

    /** How pictures are compared. */
    PictureLoss pictures() {
        return new PictureLoss(l1, l2, subject, edges);
    }

    /** How long a run is. */
    Pace pace() {
        return new Pace(steps(), accumulate, logEvery, sampleEvery, saveEvery, keep);
    }
}
