package kinema.train.cogvideo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.tensor.Rng;
import kinema.tensor.Tensors;
import kinema.train.ClipSource;
import kinema.train.KMeans;
import kinema.train.Learner;
import kinema.train.NetworkFolder;
import kinema.train.Run;
import kinema.train.TrainingLoop;
import kinema.train.TrainingMemory;
import kinema.train.data.ClipStage;
import kinema.train.data.ConvolutionMemory;
import kinema.train.data.HeldOutPictures;
import kinema.train.data.SlotClips;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains the autoencoder that turns pictures into tokens, and sorts its codes into the clusters that tokens are drawn from.
 *
 * @see <a href="https://arxiv.org/abs/1711.00937">VQ-VAE</a>
 */
public final class ImageTrainer {
    private static final String CODES = "quantize.embed.weight";

    private final ImageRecipe recipe;
    private final ClipSource source;
    private final SlotClips.Draw draw;
    private final ImageConfig config;

    /** A trainer of one recipe, with the clips it names. */
    public ImageTrainer(ImageRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        draw = new SlotClips.Draw(source, recipe.stages(), recipe.accumulate(), recipe.seed());
        config = recipe.start().isEmpty() ? config(recipe) : new CogVideoFiles(Path.of(recipe.start())).image();
    }

    private static ImageConfig config(ImageRecipe recipe) {
        ImageRecipe.Network n = recipe.network();
        int decoder = ImageConfig.PUBLISHED.decoder(recipe.rate());
        return new ImageConfig(
                n.channels(),
                n.multipliers(),
                n.blocks(),
                n.stateChannels(),
                n.codeWidth(),
                n.codes(),
                List.of(decoder));
    }

    /** Trains, or goes on training, and writes autoencoder and clusters into the run's folder. */
    public void run(Run run) {
        recipe.precision().tell(run);
        memory().tell(run, "smaller pictures, a smaller batch or a smaller network take less");
        try (Parameters parameters = parameters();
                EmaCodebook codebook = new EmaCodebook(parameters.tensor(CODES), recipe.codebook());
                SlotClips clips =
                        new SlotClips(draw, run.workers(), run.folder().steps())) {
            ImageAutoencoder network = new ImageAutoencoder(new Weights(parameters), config);
            Learner learner =
                    new Learner(parameters, recipe.optimizer(), new ImageObjective(recipe, network, codebook, clips));
            TrainingLoop loop = new TrainingLoop(run, recipe.pace(), recipe.seed(), learner);
            if (loop.run(step -> draw(run, network, step)) && run.leads()) {
                write(run, parameters);
            }
        }
    }

    private TrainingMemory memory() {
        return ConvolutionMemory.of(
                w -> new ImageAutoencoder(w, config), recipe.optimizer(), recipe.stages(), (network, clips) -> {
                    ImageObjective.Quantised q = ImageObjective.quantised(
                            network, network.project(ImageObjective.pixels(clips), recipe.rate()));
                    var unused = ImageObjective.clip(network.pictures(q.through(), recipe.rate()))
                            .sub(clips)
                            .square()
                            .mean()
                            .add(q.commitment());
                });
    }

    private Parameters parameters() {
        if (recipe.start().isEmpty()) {
            try (Rng rng = new Rng(recipe.seed())) {
                return Parameters.init(w -> new ImageAutoencoder(w, config), rng);
            }
        }
        try (Checkpoint start =
                new CogVideoFiles(Path.of(recipe.start())).open(Part.IMAGE, Placement.resident(ScalarType.Float))) {
            return Parameters.of(w -> new ImageAutoencoder(w, config), start);
        }
    }

    private void draw(Run run, ImageAutoencoder network, long step) {
        Set<Long> used = new HashSet<>();
        String measured = HeldOutPictures.show(
                run, step, source, ClipStage.last(recipe.stages()).size(), video -> {
                    Tensor ids = network.encode(ImageObjective.pixels(video), recipe.rate()); // (1, h, w)
                    Arrays.stream(Tensors.longs(ids)).forEach(used::add);
                    return ImageObjective.clip(network.decode(ids, recipe.rate())); // (1, 3, 1, H, W)
                });
        run.listener().line(measured + ", " + used.size() + " of " + config.codes() + " codes used");
    }

    private void write(Run run, Parameters parameters) {
        Path model = run.folder().model();
        new NetworkFolder(model).network(Part.IMAGE.key(), Map.of(), parameters);
        Tensor codes = parameters.tensor(CODES).detach();
        try {
            new CogVideoFiles(model).writeClusters(KMeans.labels(codes, recipe.clusters(), recipe.seed()));
        } catch (IOException e) {
            throw new UncheckedIOException(model + ": the clusters cannot be written", e);
        }
        run.listener().line("wrote " + model + "/image and " + recipe.clusters() + " clusters of its codes");
    }
}
