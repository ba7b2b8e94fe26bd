package kinema.train.show1;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import kinema.show1.vae.FrameVae;
import kinema.show1.vae.FrameVaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
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
import kinema.weights.ConfigFile;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains the autoencoder of Show-1's expert on pictures. It becomes part of a model when the expert is trained on its latents.
 *
 * @see <a href="https://arxiv.org/abs/2112.10752">Latent diffusion, section 3.1 and appendix G</a>
 */
public final class AutoencoderTrainer {
    private static final double FIRST_LOG_VARIANCE = -5;
    private static final int MEASURED = 64; // pictures

    private final AutoencoderRecipe recipe;
    private final ClipSource source;
    private final SlotClips.Draw draw;
    private final FrameVaeConfig config;
    private final Shape last;

    /**
     * A trainer of one recipe, with the clips it names.
     *
     * @throws IllegalArgumentException when its pictures do not suit its network
     */
    public AutoencoderTrainer(AutoencoderRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        config = config(recipe);
        ClipStage.check(recipe.stages(), Math.toIntExact(config.compression()));
        draw = new SlotClips.Draw(source, recipe.stages(), recipe.accumulate(), recipe.seed());
        last = ClipStage.last(recipe.stages()).size();
    }

    private static FrameVaeConfig config(AutoencoderRecipe recipe) {
        if (!recipe.start().isEmpty()) {
            return FrameVaeConfig.read(ConfigFile.read(started(recipe).resolve("config.json")));
        }
        AutoencoderRecipe.Network n = recipe.network();
        return new FrameVaeConfig(n.latentChannels(), n.widths(), n.layers(), n.groups(), 1);
    }

    private static Path started(AutoencoderRecipe recipe) {
        return Path.of(recipe.start()).resolve(OpenVae.NAME);
    }

    /** Trains, or goes on training, and writes the finished autoencoder into the run's folder. */
    public void run(Run run) {
        recipe.precision().tell(run);
        memory().tell(run, "smaller pictures, a smaller batch or a smaller network take less");
        try (Parameters parameters = parameters();
                SlotClips clips =
                        new SlotClips(draw, run.workers(), run.folder().steps())) {
            FrameVae vae = new FrameVae(new Weights(parameters), config);
            Learner learner = new Learner(parameters, recipe.optimizer(), new AutoencoderObjective(recipe, vae, clips));
            boolean ended =
                    new TrainingLoop(run, recipe.pace(), recipe.seed(), learner).run(step -> draw(run, vae, step));
            if (ended && run.leads()) {
                write(run, vae, parameters);
            }
        }
    }

    private TrainingMemory memory() {
        return ConvolutionMemory.of(w -> new FrameVae(w, config), recipe.optimizer(), recipe.stages(), (vae, clips) -> {
            Tensor pictures = clips.squeeze(2); // (B, 3, H, W)
            var unused = vae.decode(vae.encode(pictures).mean())
                    .sub(pictures)
                    .square()
                    .mean();
        });
    }

    private Parameters parameters() {
        if (!recipe.start().isEmpty()) {
            try (Checkpoint start = Checkpoint.open(started(recipe), Placement.resident(ScalarType.Float))) {
                FrameVae.alias(start);
                return Parameters.of(w -> new FrameVae(w, config), start);
            }
        }
        try (Rng rng = new Rng(recipe.seed())) {
            Parameters parameters = Parameters.init(w -> new FrameVae(w, config), rng);
            quiet(parameters);
            return parameters;
        }
    }

    /** Lets the latents start with little noise, so that the decoder does not first learn to do without them. */
    private void quiet(Parameters parameters) {
        Scopes.run(() -> {
            long z = config.latentChannels();
            Tensor weight = parameters.tensor("quant_conv.weight").detach(); // (2·Z, 2·Z, 1, 1)
            weight.narrow(0, z, z).zero_();
            Tensor bias = parameters.tensor("quant_conv.bias").detach(); // (2·Z)
            bias.narrow(0, z, z).fill_(new Scalar(FIRST_LOG_VARIANCE));
        });
    }

    private void draw(Run run, FrameVae vae, long step) {
        String measured = HeldOutPictures.show(
                run,
                step,
                source,
                last,
                video -> vae.decode(vae.encode(video.squeeze(2)).mean()).unsqueeze(2)); // (1, 3, 1, H, W)
        run.listener().line(measured);
    }

    /** Measures the scaling factor and writes the autoencoder in the published layout. */
    private void write(Run run, FrameVae vae, Parameters parameters) {
        Path model = run.folder().model();
        double deviation = deviation(vae);
        if (!recipe.model().isEmpty()) {
            new NetworkFolder(model).copy(Path.of(recipe.model()), name -> !name.equals(StageKind.EXPERT.folder()));
        }
        String name = StageKind.EXPERT.folder() + "/" + OpenVae.NAME;
        new NetworkFolder(model).network(name, config.withScaling(1 / deviation).toMap(), parameters);
        run.listener().line("wrote " + model + "/" + name + "; its latents have deviation " + deviation);
    }

    /** The deviation of the latents over pictures; its inverse is the scaling factor. */
    private double deviation(FrameVae vae) {
        long clips = source.count().orElseThrow() - SlotClips.HELD_OUT;
        try (NoGradGuard guard = new NoGradGuard()) {
            double square = IntStream.range(0, (int) Math.min(MEASURED, clips))
                    .mapToDouble(i -> Scopes.run(() -> {
                        Tensor picture = Clips.batch(
                                        List.of(source.clip(i, last).video()))
                                .squeeze(2); // (1, 3, H, W)
                        return vae.encode(picture).mean().square().mean().item_double();
                    }))
                    .average()
                    .orElseThrow();
            return Math.sqrt(square);
        }
    }
}
