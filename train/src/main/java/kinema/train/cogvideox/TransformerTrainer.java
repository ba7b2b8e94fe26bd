package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Video;
import kinema.VideoModel;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.ScheduleConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.ClipSource;
import kinema.train.LatentCache;
import kinema.train.Objective;
import kinema.train.ProductPrecision;
import kinema.train.RunFolder;
import kinema.train.Strip;
import kinema.train.TrainingListener;
import kinema.train.TrainingLoop;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains CogVideoX's expert transformer on the clips of a source: it learns the velocity of noisy latents, with timesteps
 * spread evenly over each batch (sections 2.2 and 3.3 of the paper) and captions dropped now and then for guidance.
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, Z latent channels, L text tokens, C width of a text state.
 */
public final class TransformerTrainer {
    private static final int PICTURES = 8;
    private static final long TEXT_WIDTH = 384; // of MiniLM

    private final TransformerRecipe recipe;
    private final ClipSource source;
    private final TrainingListener listener;
    private final ScheduleConfig schedule;
    private final VaeConfig vae;
    private final TransformerConfig config;

    /** A trainer of one recipe; reads the VAE's configuration from the recipe's model folder. */
    public TransformerTrainer(TransformerRecipe recipe, ClipSource source, TrainingListener listener) {
        this.recipe = recipe;
        this.source = source;
        this.listener = listener;
        ScheduleConfig published = ScheduleConfig.COGVIDEOX_5B;
        schedule = new ScheduleConfig(
                published.trainTimesteps(),
                published.betaStart(),
                published.betaEnd(),
                recipe.network().snrShift(),
                published.zeroTerminalSnr());
        vae = VaeConfig.read(Path.of(recipe.model(), "vae", "config.json"));
        config = config(recipe, vae);
    }

    /** Caches the clips, trains, or goes on training, and writes the finished model. */
    public void run() {
        RunFolder folder = new RunFolder(Path.of(recipe.output()));
        try (ClipEncoder encoder = new ClipEncoder(recipe, source);
                LatentCache cache = LatentCache.open(
                        folder.file("cache"), recipe.data().clips(), encoder.origin(), encoder, listener);
                Tensor noCaption = encoder.text("");
                Positions positions = Positions.of(config, size());
                Rng rng = new Rng(recipe.seed());
                Parameters parameters = Parameters.init(w -> new ExpertTransformer(w, config), rng);
                ProductPrecision.Use precision = recipe.precision().use()) {
            ExpertTransformer network = new ExpertTransformer(new Weights(parameters), config);
            Objective objective = new VelocityObjective(network, positions, cache, noCaption);
            TrainingLoop loop = new TrainingLoop(
                    folder,
                    new TrainingLoop.Pace(recipe.steps(), recipe.logEvery(), recipe.sampleEvery(), recipe.saveEvery()),
                    recipe.optimizer(),
                    listener);
            if (loop.run(parameters, rng, objective, step -> draw(folder, parameters, step))) {
                write(Path.of(recipe.model()), parameters);
                listener.line("wrote " + recipe.model());
            }
        }
    }

    private static TransformerConfig config(TransformerRecipe recipe, VaeConfig vae) {
        TransformerRecipe.Network n = recipe.network();
        return new TransformerConfig(
                n.heads(),
                n.headDim(),
                n.layers(),
                vae.latentChannels(),
                vae.latentChannels(),
                TEXT_WIDTH,
                n.timeEmbedDim(),
                0,
                n.maxTextLength(),
                2,
                0,
                vae.sampleWidth() / vae.spatialCompression(),
                vae.sampleHeight() / vae.spatialCompression(),
                recipe.data().frames(),
                vae.temporalCompression(),
                1,
                1,
                1e-5,
                n.rotary(),
                false);
    }

    private Positions.Size size() {
        long latentFrames = (recipe.data().frames() - 1) / vae.temporalCompression() + 1;
        return new Positions.Size(config.maxTextLength(), latentFrames, config.sampleHeight(), config.sampleWidth());
    }

    /** The mean squared error of the velocity. */
    private final class VelocityObjective implements Objective {
        private final ExpertTransformer network;
        private final Positions positions;
        private final LatentCache cache;
        private final Tensor noCaption; // (1, L, C)
        private final NoiseSchedule noise = new NoiseSchedule(schedule);

        VelocityObjective(ExpertTransformer network, Positions positions, LatentCache cache, Tensor noCaption) {
            this.network = network;
            this.positions = positions;
            this.cache = cache;
            this.noCaption = noCaption;
        }

        @Override
        public Loss loss(long step, Rng rng) {
            int batch = recipe.batch();
            float[] draws = Scopes.run(() -> Tensors.floats(rng.rand(3, batch)));
            long[] clips = new long[batch];
            float[] captioned = new float[batch];
            int[] timesteps = new int[batch];
            for (int i = 0; i < batch; i++) {
                clips[i] = (long) (draws[i] * cache.clips());
                captioned[i] = draws[batch + i] < recipe.textDropout() ? 0 : 1;
                timesteps[i] = (int) ((i + draws[2 * batch + i]) / batch * noise.timesteps());
            }
            Tensor index = Tensors.of(clips, batch);
            Tensor clean = cache.latents(index); // (B, F, Z, h, w)
            Tensor mask = Tensors.of(captioned, batch, 1, 1);
            Tensor text = noCaption.lerp(cache.text(index), mask); // (B, L, C)
            Tensor eps = rng.randn(clean.shape()); // (B, F, Z, h, w)
            VelocityLoss.Batch drawn = new VelocityLoss.Batch(clean, eps, timesteps, text, null);
            Tensor perClip =
                    new VelocityLoss(network, noise).of(drawn, positions, null).perClip(); // (B)
            return new Loss(perClip.mean(), Map.of());
        }
    }

    private void write(Path folder, Parameters parameters) {
        TrainedFolder model = new TrainedFolder(folder);
        model.network("transformer", config.toMap(), parameters);
        model.scheduler(schedule);
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("steps", recipe.sampling().steps());
        defaults.put("guidance", recipe.sampling().guidance());
        defaults.put("width", vae.sampleWidth());
        defaults.put("height", vae.sampleHeight());
        defaults.put("frames", recipe.data().frames());
        defaults.put("fps", source.fps());
        model.index(defaults);
    }

    /** Writes the model as it is now beside the run and draws prompts with it, as a user would. */
    private void draw(RunFolder folder, Parameters parameters, long step) {
        Path now = folder.file("model");
        new TrainedFolder(now).copy("vae", Path.of(recipe.model()));
        write(now, parameters);
        List<Video> rows = new ArrayList<>();
        try (VideoModel model = Kinema.open(now)) {
            for (String prompt : source.prompts(PICTURES)) {
                GenerationRequest request =
                        GenerationRequest.of(prompt).seed(recipe.seed()).build();
                try (Generation made = model.generate(request, GenerationListener.NONE)) {
                    rows.add(made.video());
                }
            }
        }
        Strip.write(folder.file(String.format("sample-%06d.png", step)), rows, 2);
    }
}
