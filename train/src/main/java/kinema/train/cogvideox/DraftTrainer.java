package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import kinema.Video;
import kinema.cogvideox.draft.DraftConfig;
import kinema.cogvideox.draft.DraftDecoder;
import kinema.cogvideox.draft.DraftFile;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Device;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.Learner;
import kinema.train.NetworkFolder;
import kinema.train.PictureMetrics;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.Strip;
import kinema.train.TrainingLoop;
import kinema.train.TrainingMemory;
import kinema.train.data.ConvolutionMemory;
import kinema.train.data.Precompute;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import kinema.train.data.SlotClips;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Trains a draft decoder on latents and pictures of a model's VAE, which are made first and stay on disk, as the VAE takes most of the
 * time.
 */
public final class DraftTrainer {
    private static final int PICTURE_ROWS = 4;

    private final DraftRecipe recipe;
    private final ClipSource source;
    private final VaeConfig vae;
    private final DraftConfig config;

    /**
     * A trainer of one recipe, with the clips it names.
     *
     * @throws IllegalArgumentException for widths that no draft decoder has, or too few clips
     */
    public DraftTrainer(DraftRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        long clips = source.count().orElseThrow();
        Recipes.require(
                clips > SlotClips.HELD_OUT,
                "training needs more than " + SlotClips.HELD_OUT
                        + " clips, of which so many are measured and not trained on",
                clips);
        vae = VaeConfig.of(ModelFiles.of(Path.of(recipe.model())).vae());
        config = recipe.start().isEmpty() ? new DraftConfig(vae.latentChannels(), recipe.widths()) : started();
    }

    private DraftConfig started() {
        try (DraftFile start = start()) {
            return start.config();
        }
    }

    private DraftFile start() {
        return DraftFile.open(Path.of(recipe.start()), vae.latentChannels(), Device.CPU);
    }

    /** Makes the clips' latents and pictures, trains, or goes on training, and writes the finished decoder into the run's folder. */
    public void run(Run run) {
        recipe.precision().tell(run);
        memory().tell(run, "lower stages.batch and raise accumulate, or take smaller or shorter clips");
        Path cache = recipe.cache().isEmpty() ? Path.of(recipe.output(), "cache") : Path.of(recipe.cache());
        try (DraftCoder coder = new DraftCoder(Path.of(recipe.model()))) {
            Precompute job = new Precompute(cache, source, recipe.sizes(), coder, run.listener());
            double[] ready = {run.leads() && job.run() ? 1 : 0}; // the others wait for the one that precomputes
            if (run.workers().sum(ready)[0] > 0) {
                try (Shards shards = job.open()) {
                    train(run, shards);
                }
            }
        }
    }

    private void train(Run run, Shards shards) {
        long measured = source.count().orElseThrow() - SlotClips.HELD_OUT; // from this number on
        List<Row> trained =
                shards.rows().stream().filter(row -> row.number() < measured).toList();
        List<Row> heldOut =
                shards.rows().stream().filter(row -> row.number() >= measured).toList();
        try (Parameters parameters = parameters()) {
            DraftDecoder decoder = new DraftDecoder(new Weights(parameters), config);
            Learner learner =
                    new Learner(parameters, recipe.optimizer(), new DraftObjective(recipe, decoder, shards, trained));
            boolean ended = new TrainingLoop(run, recipe.pace(), recipe.seed(), learner)
                    .run(step -> draw(run, step, decoder, shards, heldOut));
            if (ended && run.leads()) {
                new NetworkFolder(run.folder().model()).weights(DraftFile.FOLDER, parameters);
                run.listener().line("wrote " + run.folder().model() + "/" + DraftFile.FOLDER);
            }
        }
    }

    private TrainingMemory memory() {
        return ConvolutionMemory.of(
                w -> new DraftDecoder(w, config), recipe.optimizer(), recipe.stages(), (decoder, clips) -> {
                    Tensor latents = Tensors.meta(
                            ScalarType.Float,
                            clips.size(0),
                            config.latentChannels(),
                            vae.latentFrames(clips.size(2)),
                            clips.size(3) / vae.spatialCompression(),
                            clips.size(4) / vae.spatialCompression());
                    var unused = decoder.decode(latents).sub(clips).square().mean();
                });
    }

    private Parameters parameters() {
        if (!recipe.start().isEmpty()) {
            try (DraftFile start = start()) {
                return Parameters.of(w -> new DraftDecoder(w, config), start.weights());
            }
        }
        try (Rng rng = new Rng(recipe.seed())) {
            return Parameters.init(w -> new DraftDecoder(w, config), rng);
        }
    }

    /** Measures held-out clips against the VAE's pictures and draws some of them below these. */
    private void draw(Run run, long step, DraftDecoder decoder, Shards shards, List<Row> heldOut) {
        List<Video> rows = new ArrayList<>();
        double[] sums = new double[2];
        try (NoGradGuard guard = new NoGradGuard()) {
            for (Row clip : heldOut) {
                Scopes.run(() -> {
                    Tensor wanted = DraftCoder.pictures(shards, List.of(clip)); // (1, 3, T, H, W)
                    Tensor made = decoder.decode(DraftCoder.latents(shards, List.of(clip))); // (1, 3, T, H, W)
                    sums[0] += PictureMetrics.psnr(made.sub(wanted));
                    sums[1] += PictureMetrics.ssim(made, wanted);
                    if (rows.size() < 2 * PICTURE_ROWS) {
                        rows.add(Clips.video(wanted.select(0, 0), source.fps()));
                        rows.add(Clips.video(made.select(0, 0), source.fps()));
                    }
                });
            }
        }
        run.listener()
                .line(String.format(
                        Locale.ROOT,
                        "held-out clips against the VAE's pictures: %.2f dB PSNR, %.4f SSIM",
                        sums[0] / heldOut.size(),
                        sums[1] / heldOut.size()));
        Strip.write(run.folder().sample(step), rows, 2);
    }
}
