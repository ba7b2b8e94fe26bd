package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Timesteps;
import kinema.nn.Recompute;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.ClipSource;
import kinema.train.Objective;
import kinema.train.ProductPrecision;
import kinema.train.Slot;
import kinema.train.TimestepBins;
import kinema.train.TimestepIntervals;
import kinema.train.data.Batches;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A slot of a transformer's step: a batch of its stage's clips, or a pack of them, with all that is drawn for it.
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, Z latent channels, L text tokens, C width of a text state.
 */
final class TransformerObjective implements Objective, AutoCloseable {
    private final TransformerRecipe recipe;
    private final TransformerModel model;
    private final Shards shards;
    private final VelocityLoss loss;
    private final @Nullable Teacher teacher;
    private final NoiseSchedule schedule;
    private final List<Batches> stages = new ArrayList<>();
    private final Map<Positions.Size, Positions> positions = new HashMap<>();
    private final Tensor noCaption; // (1, L, C)
    private final ImageLatents images;

    TransformerObjective(
            TransformerRecipe recipe, TransformerModel model, ClipSource source, Shards shards, LatentCoder coder) {
        this.recipe = recipe;
        this.model = model;
        this.shards = shards;
        schedule = new NoiseSchedule(model.schedule());
        images = new ImageLatents(coder.vae());
        for (TransformerRecipe.Stage stage : recipe.stages()) {
            List<Row> rows = shards.rows().stream()
                    .filter(row -> stage.sizes().contains(row.shape()) && passes(stage, source, row))
                    .toList();
            stages.add(new Batches(rows, stage.batch(), recipe.pack(), recipe.seed()));
        }
        noCaption = Scopes.own(coder.text(""));
        teacher = model.teacher(noCaption);
        loss = teacher == null
                ? new VelocityLoss(model.network(), schedule)
                : new VelocityLoss(model.network(), schedule, teacher);
    }

    private TimestepBins bins() {
        return new TimestepBins(schedule.timesteps());
    }

    private static boolean passes(TransformerRecipe.Stage stage, ClipSource source, Row row) {
        return stage.column().isEmpty()
                || source.number(row.number(), stage.column()).orElse(Double.NEGATIVE_INFINITY) >= stage.least();
    }

    @Override
    public List<String> columns() {
        return bins().names();
    }

    @Override
    public Loss loss(Slot slot) {
        int stage = stage(slot.step());
        List<Row> clips = stages.get(stage).batch(slot.number());
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        int[] timesteps = timesteps(slot, clips.size(), random);
        List<VelocityLoss.Batch> batches = new ArrayList<>();
        try (Rng rng = slot.rng()) {
            if (recipe.pack()) {
                for (int i = 0; i < clips.size(); i++) {
                    batches.add(batch(clips.subList(i, i + 1), new int[] {timesteps[i]}, random, rng));
                }
            } else {
                batches.add(batch(clips, timesteps, random, rng));
            }
        }
        return loss(batches, timesteps);
    }

    /** One for each clip: any, or, of a student, one of those at which its steps begin. */
    private int[] timesteps(Slot slot, int clips, SplittableRandom random) {
        if (teacher == null) {
            return TimestepIntervals.draw(schedule.timesteps(), slot, clips, random);
        }
        Timesteps few = teacher.timesteps();
        int[] steps = TimestepIntervals.draw(few.count(), slot, clips, random);
        return Arrays.stream(steps).map(few::at).toArray();
    }

    private Loss loss(List<VelocityLoss.Batch> batches, int[] timesteps) {
        Recompute recompute = recipe.recompute() ? new Recompute() : null;
        Positions packed = batches.size() > 1
                ? Positions.packed(batches.stream().map(this::positions).toList())
                : null;
        Positions positions = packed == null ? positions(batches.get(0)) : packed;
        ProductPrecision precision = recipe.precision();
        Tensor[] perClip = precision.compute(() -> loss.pack(batches, positions, recompute)).stream()
                .map(VelocityLoss.Result::perClip)
                .toArray(Tensor[]::new);
        Tensor all = Tensors.cat(0, perClip); // (B)
        return new Loss(
                all.mean(),
                bins().means(Tensors.floats(all), timesteps),
                recompute == null ? Tensor::backward : sum -> again(recompute, sum),
                () -> close(packed, recompute));
    }

    private void again(Recompute recompute, Tensor sum) {
        recipe.precision().compute(() -> {
            recompute.backward(sum);
            return sum;
        });
    }

    private static void close(@Nullable Positions packed, @Nullable Recompute recompute) {
        if (packed != null) {
            packed.close();
        }
        if (recompute != null) {
            recompute.close();
        }
    }

    private VelocityLoss.Batch batch(List<Row> clips, int[] timesteps, SplittableRandom random, Rng rng) {
        Tensor clean = VelocityLoss.padded(
                shards.read(LatentCoder.LATENTS, clips), model.config().framesPerPatch()); // (B, F, Z, h, w)
        float[] captioned = new float[clips.size()];
        for (int i = 0; i < captioned.length; i++) {
            captioned[i] = random.nextDouble() < recipe.textDropout() ? 0 : 1;
        }
        Tensor mask = Tensors.of(captioned, captioned.length, 1, 1);
        Tensor text = noCaption.lerp(shards.read(LatentCoder.TEXT, clips), mask); // (B, L, C)
        Tensor noise = rng.randn(clean.shape()); // (B, F, Z, h, w)
        Tensor image = model.imageToVideo() ? image(clips, clean.size(1), random, rng) : null;
        return new VelocityLoss.Batch(clean, noise, timesteps, text, image);
    }

    /** The latents of the clips' first frames with noise, left out now and then: (B, F, Z, h, w). */
    private Tensor image(List<Row> clips, long frames, SplittableRandom random, Rng rng) {
        Tensor pictures =
                shards.read(LatentCoder.IMAGES, clips).div(new Scalar(127.5)).sub(new Scalar(1.0)); // (B, 3, H, W)
        long unit = model.vae().spatialCompression();
        int n = clips.size();
        float[] logSigma = new float[n];
        float[] shown = new float[n];
        for (int i = 0; i < n; i++) {
            logSigma[i] = (float) (ImageLatents.LOG_SIGMA_MEAN + ImageLatents.LOG_SIGMA_DEVIATION * normal(random));
            shown[i] = random.nextDouble() < recipe.imageDropout() ? 0 : 1;
        }
        Tensor posterior = rng.randn(
                n,
                model.vae().latentChannels(),
                1,
                pictures.size(2) / unit,
                pictures.size(3) / unit); // (B, Z, 1, h, w)
        ImageLatents.Draws draws = new ImageLatents.Draws(logSigma, rng.randn(pictures.shape()), posterior);
        return images.of(pictures, draws, frames).mul(Tensors.of(shown, n, 1, 1, 1, 1)); // (B, F, Z, h, w)
    }

    private static double normal(SplittableRandom random) {
        return Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
    }

    private Positions positions(VelocityLoss.Batch batch) {
        TransformerConfig config = model.config();
        Tensor x = batch.clean();
        Positions.Size size = new Positions.Size(batch.text().size(1), x.size(1), x.size(3), x.size(4));
        return positions.computeIfAbsent(size, s -> Positions.of(config, s, recipe.grid()));
    }

    private int stage(long step) {
        long left = step;
        int stage = 0;
        while (left >= recipe.stages().get(stage).steps()) {
            left -= recipe.stages().get(stage++).steps();
        }
        return stage;
    }

    @Override
    public void close() {
        positions.values().forEach(Positions::close);
        positions.clear();
        Scopes.free(noCaption);
    }
}
