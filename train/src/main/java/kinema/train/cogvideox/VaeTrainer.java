package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.Video;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.Objective;
import kinema.train.RunFolder;
import kinema.train.Strip;
import kinema.train.TrainingListener;
import kinema.train.TrainingLoop;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains CogVideoX's VAE on clips: absolute and squared difference, difference of edges, all stronger where the
 * subject is, and a light pull of the latents towards a standard normal (section 2.1 of the paper, without its
 * perceptual and adversarial losses).
 */
public final class VaeTrainer {
    private static final int PICTURE_ROWS = 4;
    private static final double FIRST_LOG_VARIANCE = -5;

    private final VaeRecipe recipe;
    private final TrainingListener listener;
    private final ClipSource source;

    /** A trainer of one recipe. */
    public VaeTrainer(VaeRecipe recipe, ClipSource source, TrainingListener listener) {
        this.recipe = recipe;
        this.source = source;
        this.listener = listener;
    }

    /** Trains, or goes on training, and writes the finished VAE into the recipe's model folder. */
    public void run() {
        VaeConfig config = config();
        RunFolder folder = new RunFolder(Path.of(recipe.output()));
        try (Rng rng = new Rng(recipe.seed());
                Parameters parameters = Parameters.init(w -> new Vae(w, config), rng)) {
            quiet(parameters, config);
            Vae vae = new Vae(new Weights(parameters), config);
            TrainingLoop loop = new TrainingLoop(
                    folder,
                    new TrainingLoop.Pace(recipe.steps(), recipe.logEvery(), recipe.sampleEvery(), recipe.saveEvery()),
                    recipe.optimizer(),
                    listener);
            if (loop.run(parameters, rng, (step, r) -> loss(vae, step, r), step -> draw(vae, folder, step))) {
                new VaeExport(recipe, source, listener).write(vae, parameters);
            }
        }
    }

    /** Lets the latents start with little noise, so that the decoder does not first learn to do without them. */
    private static void quiet(Parameters parameters, VaeConfig config) {
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
        return new VaeConfig(
                3,
                3,
                n.blockOutChannels(),
                n.layersPerBlock(),
                n.latentChannels(),
                1e-6,
                n.normNumGroups(),
                4,
                1,
                false,
                recipe.size(),
                recipe.size());
    }

    private Objective.Loss loss(Vae vae, long step, Rng rng) {
        VaeRecipe.Stage stage = recipe.stage(step);
        Batch batch = render(step * 1009 + recipe.seed(), stage.batch(), stage.frames());
        Tensor video = Clips.batch(batch.clips()); // (B, 3, T, H, W)
        Vae.Posterior posterior = vae.encode(video);
        Tensor difference = vae.decode(posterior.sample(rng)).sub(video); // (B, 3, T, H, W)
        Tensor weighted = batch.masks().isEmpty() ? difference : difference.mul(weight(batch.masks()));
        Tensor pixels = VaeLoss.absolute(weighted).add(weighted.mul(difference).mean());
        Tensor edges = edges(weighted, 3).add(edges(weighted, 4));
        Tensor kl = VaeLoss.divergence(posterior).div(new Scalar(VaeLoss.latents(posterior)));
        Tensor loss = pixels.add(edges.mul(new Scalar(recipe.edges()))).add(kl.mul(new Scalar(recipe.kl())));
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("psnr", psnr(difference));
        parts.put("kl", kl.item_double());
        return new Objective.Loss(loss, parts);
    }

    /** What a pixel's difference counts: 1, and more where the subject is; (B, 3, T, H, W). */
    private Tensor weight(List<Video> masks) {
        return Scopes.keep(() -> Clips.batch(masks)
                .add(new Scalar(1.0))
                .mul(new Scalar(recipe.subject() / 2))
                .add(new Scalar(1.0)));
    }

    /** Clips and where in them the subject is, as far as the source knows. */
    private record Batch(List<Video> clips, List<Video> masks) {}

    private Batch render(long seed, int count, int frames) {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        ClipSource.Shape shape = new ClipSource.Shape(recipe.size(), recipe.size(), frames);
        for (int i = 0; i < count; i++) {
            long clip = seed * 31 + i;
            batch.clips().add(source.clip(clip, shape).video());
            source.subject(clip, shape).ifPresent(batch.masks()::add);
        }
        return batch;
    }

    /** Mean absolute difference of neighbours along an axis. */
    private static Tensor edges(Tensor x, long axis) {
        long n = x.size(axis) - 1;
        return x.narrow(axis, 1, n).sub(x.narrow(axis, 0, n)).abs().mean();
    }

    /** Peak signal-to-noise ratio in dB for pixels in [-1, 1]. */
    private static double psnr(Tensor difference) {
        return 10 * Math.log10(4 / difference.detach().square().mean().item_double());
    }

    private void draw(Vae vae, RunFolder folder, long step) {
        int frames = recipe.stages().get(recipe.stages().size() - 1).frames();
        List<Video> clips = render(-1 - recipe.seed(), PICTURE_ROWS, frames).clips();
        List<Video> rows = new ArrayList<>();
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> {
                Tensor back = vae.decode(vae.encode(Clips.batch(clips)).mean()); // (B, 3, T, H, W)
                for (int i = 0; i < clips.size(); i++) {
                    rows.add(clips.get(i));
                    rows.add(Clips.video(back.select(0, i), clips.get(i).fps()));
                }
            });
        }
        Strip.write(folder.file(String.format("sample-%06d.png", step)), rows, 2);
    }
}
