package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.Video;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Clips;
import kinema.train.Learner;
import kinema.train.Pace;
import kinema.train.PictureMetrics;
import kinema.train.Run;
import kinema.train.Strip;
import kinema.train.TrainingLoop;
import kinema.train.TrainingMemory;
import kinema.train.data.ConvolutionMemory;
import kinema.train.data.SlotClips;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains CogVideoX's VAE on clips, stage after stage (section 2.1 of the paper). */
public final class VaeTrainer {
    private static final int PICTURE_ROWS = 4;
    private static final double FIRST_LOG_VARIANCE = -5;
    private static final int MEASURED_CLIPS = 64;

    private final VaeRecipe recipe;
    private final ClipSource source;
    private final VaeConfig config;
    private final SlotClips.Draw draw;

    /** A trainer of one recipe, with the clips it names. */
    public VaeTrainer(VaeRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        config = recipe.start().isEmpty()
                ? config()
                : VaeConfig.of(ModelFiles.of(Path.of(recipe.start())).vae());
        draw = new SlotClips.Draw(source, recipe.stages(), recipe.accumulate(), recipe.seed());
    }

    /** Trains, or goes on training, and writes the finished VAE into the run's folder. */
    public void run(Run run) {
        memory().tell(run, "lower stages.batch and raise accumulate, or take smaller or shorter clips");
        try (Parameters parameters = parameters();
                LearnedTerms terms = new LearnedTerms(recipe);
                SlotClips clips =
                        new SlotClips(draw, run.workers(), run.folder().steps())) {
            Weights tree = new Weights(parameters);
            Vae vae = network(tree);
            List<Learner> learners = new ArrayList<>();
            learners.add(new Learner(parameters, recipe.optimizer(), new VaeObjective(recipe, vae, clips, terms)));
            learners.addAll(terms.learners());
            Pace pace = new Pace(
                    recipe.steps(),
                    recipe.accumulate(),
                    recipe.logEvery(),
                    recipe.sampleEvery(),
                    recipe.saveEvery(),
                    recipe.keep());
            boolean ended = new TrainingLoop(run, pace, recipe.seed(), learners.toArray(Learner[]::new))
                    .run(step -> draw(run, vae, step));
            if (ended && run.leads()) {
                write(run, new Vae(tree, config), parameters);
            }
        }
    }

    /** LPIPS' and the discriminator's passes are not counted. */
    private TrainingMemory memory() {
        return ConvolutionMemory.of(this::network, recipe.optimizer(), recipe.stages(), (vae, clips) -> {
            var unused =
                    vae.decode(vae.encode(clips).mean()).sub(clips).square().mean();
        });
    }

    private Vae network(Weights tree) {
        return recipe.whole() ? Vae.whole(tree, config) : new Vae(tree, config);
    }

    private Parameters parameters() {
        if (!recipe.start().isEmpty()) {
            Placement placement = Placement.resident(ScalarType.Float);
            try (Checkpoint start = ModelFiles.of(Path.of(recipe.start())).openVae(placement)) {
                return Parameters.of(w -> new Vae(w, config), start);
            }
        }
        try (Rng rng = new Rng(recipe.seed())) {
            Parameters parameters = Parameters.init(w -> new Vae(w, config), rng);
            quiet(parameters);
            return parameters;
        }
    }

    /** Lets the latents start with little noise, so that the decoder does not first learn to do without them. */
    private void quiet(Parameters parameters) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                Tensor bias = parameters.tensor("encoder.conv_out.conv.bias"); // (2·Z)
                bias.detach()
                        .narrow(0, config.latentChannels(), config.latentChannels())
                        .fill_(new Scalar(FIRST_LOG_VARIANCE));
            });
        }
    }

    /** The published configuration with the recipe's shape; the scaling factor is measured after training. */
    private VaeConfig config() {
        VaeRecipe.Network n = recipe.network();
        Shape last = recipe.last().size();
        return VaeConfig.COGVIDEOX_2B.with(Map.of(
                "block_out_channels", n.blockOutChannels(),
                "layers_per_block", n.layersPerBlock(),
                "latent_channels", n.latentChannels(),
                "norm_num_groups", n.normNumGroups(),
                "scaling_factor", 1,
                "sample_height", last.height(),
                "sample_width", last.width()));
    }

    /** Measures held-out clips and draws some of them beside what comes back. */
    private void draw(Run run, Vae vae, long step) {
        List<Video> clips = SlotClips.heldOut(source, recipe.last().size()).clips();
        List<Video> rows = new ArrayList<>();
        double[] sums = new double[4];
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < clips.size(); i++) {
                Video clip = clips.get(i);
                boolean shown = i < PICTURE_ROWS;
                Scopes.run(() -> {
                    Tensor video = Clips.batch(List.of(clip)); // (1, 3, T, H, W)
                    Tensor back = vae.decode(vae.encode(video).mean()); // (1, 3, T, H, W)
                    sums[0] += PictureMetrics.psnr(back.sub(video));
                    sums[1] += PictureMetrics.ssim(back, video);
                    sums[2] += PictureMetrics.flicker(back);
                    sums[3] += PictureMetrics.flicker(video);
                    if (shown) {
                        rows.add(clip);
                        rows.add(Clips.video(back.select(0, 0), clip.fps()));
                    }
                });
            }
        }
        run.listener()
                .line(String.format(
                        Locale.ROOT,
                        "held-out clips: %.2f dB PSNR, %.4f SSIM, flicker %.2f (of the clips themselves %.2f)",
                        sums[0] / clips.size(),
                        sums[1] / clips.size(),
                        sums[2] / clips.size(),
                        sums[3] / clips.size()));
        Strip.write(run.folder().sample(step), rows, 2);
    }

    /** Measures the scaling factor and writes the VAE in the published layout. */
    private void write(Run run, Vae vae, Parameters parameters) {
        double deviation = deviation(vae);
        VaeConfig scaled = config.withScaling(1 / deviation, config.invertScaleLatents());
        new TrainedFolder(run.folder().model()).network("vae", scaled.toMap(), parameters);
        run.listener().line("wrote " + run.folder().model() + "/vae; its latents have deviation " + deviation);
    }

    /** The deviation of the latents over clips; its inverse is the scaling factor. */
    private double deviation(Vae vae) {
        long clips = source.count().orElseThrow() - SlotClips.HELD_OUT;
        try (NoGradGuard guard = new NoGradGuard()) {
            double square = IntStream.range(0, (int) Math.min(MEASURED_CLIPS, clips))
                    .mapToDouble(i -> Scopes.run(() -> {
                        Tensor clip = Clips.batch(
                                List.of(source.clip(i, recipe.last().size()).video()));
                        return vae.encode(clip).mean().square().mean().item_double();
                    }))
                    .average()
                    .orElseThrow();
            return Math.sqrt(square);
        }
    }
}
