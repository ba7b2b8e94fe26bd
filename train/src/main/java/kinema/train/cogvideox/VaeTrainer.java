package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.Video;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Scopes;
import kinema.train.ClipSource;
import kinema.train.Clips;
import kinema.train.Learner;
import kinema.train.PictureMetrics;
import kinema.train.Run;
import kinema.train.Strip;
import kinema.train.TrainingLoop;
import kinema.train.data.SlotClips;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Trains CogVideoX's VAE on clips, stage after stage (section 2.1 of the paper). */
public final class VaeTrainer {
    private static final int PICTURE_ROWS = 4;
    private static final int MEASURED_CLIPS = 64;

    private final VaeRecipe recipe;
    private final ClipSource source;
    private final VaeConfig config;
    private final SlotClips.Draw draw;

    /**
     * A trainer of one recipe, with the clips it names.
     *
     * @throws kinema.weights.WeightsException when the model to start from has no VAE
     */
    public VaeTrainer(VaeRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
        config = TrainedVae.config(recipe);
        draw = new SlotClips.Draw(source, recipe.stages(), recipe.accumulate(), recipe.seed());
    }

    /** Trains, or goes on training, and writes the finished VAE into the run's folder. */
    public void run(Run run) {
        recipe.precision().tell(run);
        TrainedVae.memory(recipe, config)
                .tell(run, "lower stages.batch and raise accumulate, or take smaller or shorter clips");
        try (TrainedVae trained = new TrainedVae(recipe, config);
                LearnedTerms terms = new LearnedTerms(recipe);
                SlotClips clips =
                        new SlotClips(draw, run.workers(), run.folder().steps())) {
            Vae vae = trained.network();
            List<Learner> learners = new ArrayList<>();
            learners.add(
                    new Learner(trained.parameters(), recipe.optimizer(), new VaeObjective(recipe, vae, clips, terms)));
            learners.addAll(terms.learners());
            boolean ended = new TrainingLoop(run, recipe.pace(), recipe.seed(), learners.toArray(Learner[]::new))
                    .run(step -> draw(run, vae, step));
            if (ended && run.leads()) {
                write(run, trained);
            }
        }
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

    /** Writes the VAE in the published layout; the scaling factor is measured where latents are new. */
    private void write(Run run, TrainedVae trained) {
        VaeConfig scaled = config;
        String said = "";
        if (recipe.layers() == VaeRecipe.Layers.ALL) {
            double deviation = deviation(trained.inChunks());
            scaled = config.withScaling(1 / deviation, config.invertScaleLatents());
            said = "; its latents have deviation " + deviation;
        }
        Map<String, Object> written = scaled.toMap();
        Scopes.run(() -> new TrainedFolder(run.folder().model()).network("vae", written, trained.stored()));
        run.listener().line("wrote " + run.folder().model() + "/vae" + said);
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
