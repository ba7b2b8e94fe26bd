package kinema.train.show1;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.diffusion.NoiseSchedule;
import kinema.show1.SchedulerFiles;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Objective;
import kinema.train.Slot;
import kinema.train.TimestepBins;
import kinema.train.TimestepIntervals;
import kinema.train.data.Batches;
import kinema.train.data.Shards;
import kinema.train.data.Shards.Row;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A slot of a stage's step: a batch of clips with all that is drawn for it; and the clips that are measured and never trained on.
 *
 * <p>Axes: B batch, C channels, F frames, H W rows and columns, L text tokens, S width of their states.
 */
final class StageObjective implements Objective, AutoCloseable {
    private static final int HELD_OUT = 16; // at most, and at most half of all

    private final StageKind kind;
    private final StageRecipe recipe;
    private final Shards shards;
    private final Batches batches;
    private final List<Row> heldOut;
    private final NoiseLoss loss;
    private final Shown shown;
    private final TimestepBins bins;
    private final int timesteps;
    private final Tensor noCaption; // (1, L, S)

    /**
     * The objective of a stage.
     *
     * @param noCaption the states of no caption, which are copied
     */
    StageObjective(StageKind kind, StageRecipe recipe, StageNetwork network, Shards shards, Tensor noCaption) {
        this.kind = kind;
        this.recipe = recipe;
        this.shards = shards;
        List<Row> rows = shards.rows();
        int learned = rows.size() - Math.min(HELD_OUT, rows.size() / 2);
        batches = new Batches(rows.subList(0, learned), recipe.batch(), true, recipe.seed());
        heldOut = rows.subList(learned, rows.size());
        NoiseSchedule schedule = schedule(kind);
        loss = new NoiseLoss(network.network(), schedule, kind == StageKind.FIRST_FRAME);
        shown = new Shown(
                kind, recipe.scale(), recipe.conditionNoise(), SchedulerFiles.schedule(SchedulerFiles.noising()));
        timesteps = kind.timesteps(schedule.timesteps());
        bins = new TimestepBins(schedule.timesteps());
        this.noCaption = Scopes.own(Scopes.keep(noCaption::clone));
    }

    /** The noise of a stage. */
    static NoiseSchedule schedule(StageKind kind) {
        return SchedulerFiles.schedule(SchedulerFiles.sampler(kind.schedule()));
    }

    @Override
    public List<String> columns() {
        return bins.names();
    }

    @Override
    public Loss loss(Slot slot) {
        List<Row> clips = batches.batch(slot.number());
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        int[] drawn = TimestepIntervals.draw(timesteps, slot, clips.size(), random);
        try (Rng rng = slot.rng()) {
            NoiseLoss.Batch batch = batch(clips, drawn, random, rng);
            Tensor perClip = recipe.precision().compute(() -> loss.of(batch)).perClip(); // (B)
            return new Loss(perClip.mean(), bins.means(Tensors.floats(perClip), drawn));
        }
    }

    /** The mean loss of the clips that are not trained on, with the same random numbers each time; NaN when there are none. */
    double heldOut() {
        List<Double> losses = new ArrayList<>();
        TimestepIntervals intervals = new TimestepIntervals(timesteps, Math.max(1, heldOut.size()));
        try (NoGradGuard guard = new NoGradGuard()) {
            for (int i = 0; i < heldOut.size(); i++) {
                List<Row> clip = List.of(heldOut.get(i));
                int[] middle = {(intervals.first(i) + intervals.end(i)) / 2};
                long seed = i;
                losses.add(Scopes.run(() -> {
                    try (Rng rng = new Rng(seed)) {
                        NoiseLoss.Batch batch = batch(clip, middle, new SplittableRandom(seed), rng);
                        return recipe.precision()
                                .compute(() -> loss.of(batch))
                                .perClip()
                                .item_double();
                    }
                }));
            }
        }
        return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private NoiseLoss.Batch batch(List<Row> clips, int[] drawn, SplittableRandom random, Rng rng) {
        Tensor clean = kind.latents()
                ? shards.read(StageCoder.FRAMES, clips)
                : shards.read(StageCoder.FRAMES, clips).div(new Scalar(127.5)).sub(new Scalar(1.0)); // (B, C, F, H, W)
        float[] captioned = new float[clips.size()];
        for (int i = 0; i < captioned.length; i++) {
            captioned[i] = random.nextDouble() < recipe.textDropout() ? 0 : 1;
        }
        Tensor mask = Tensors.of(captioned, captioned.length, 1, 1);
        Tensor text = noCaption.lerp(shards.read(StageCoder.TEXT, clips), mask); // (B, L, S)
        Tensor noise = rng.randn(clean.shape()); // (B, C, F, H, W)
        int[] levels = shown.levels(clips.size(), random);
        return new NoiseLoss.Batch(
                clean, noise, drawn, shown.of(clean, levels, rng), kind.enlarges() ? levels : null, text);
    }

    @Override
    public void close() {
        Scopes.free(noCaption);
    }
}
