package kinema.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.Video;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Recipes;
import kinema.train.Slot;
import kinema.train.UnusableClipException;
import kinema.train.Workers;

/**
 * The clips of a run's slots, drawn at random and decoded or rendered on other threads while the network works. The last
 * {@link #HELD_OUT} of a source are measured and never trained on. For one thread.
 */
public final class SlotClips implements AutoCloseable {
    /** Clips that are measured and not trained on. */
    public static final int HELD_OUT = 16;

    private static final int AHEAD = 2; // slots
    private static final int TRIES = 100; // neighbours of a clip that cannot be used

    /** Clips of one shape and where in them the subject is, as far as the source knows. */
    public record Batch(List<Video> clips, List<Video> masks) {}

    /**
     * What is drawn.
     *
     * @param source with more than {@link #HELD_OUT} clips
     * @param stages one after the other
     * @param accumulate slots of a step
     * @param seed of the run
     */
    public record Draw(ClipSource source, List<ClipStage> stages, int accumulate, long seed) {
        /** Checks that there are clips to train on. */
        public Draw {
            stages = List.copyOf(stages);
            long clips = source.count().orElseThrow();
            Recipes.require(
                    clips > HELD_OUT,
                    "training needs more than " + HELD_OUT + " clips, of which so many are measured and not trained on",
                    clips);
        }
    }

    private final Draw draw;
    private final Workers workers;
    private final Prefetch<Batch> slots;

    /** Clips from a step on, of the slots that this process computes. */
    public SlotClips(Draw draw, Workers workers, long step) {
        this.draw = draw;
        this.workers = workers;
        int mine = draw.accumulate() / workers.size();
        slots = new Prefetch<>(
                step * mine, AHEAD, Math.max(1, Runtime.getRuntime().availableProcessors() - 1), this::batch);
    }

    /** The clips of the process's next slot. */
    public Batch next() {
        return slots.next();
    }

    /** Clips that are never trained on. */
    public static Batch heldOut(ClipSource source, Shape shape) {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        long last = source.count().orElseThrow() - 1;
        for (int i = 0; i < HELD_OUT; i++) {
            add(batch, source, last - i, shape);
        }
        return batch;
    }

    /** The clips of the n-th slot that this process computes. */
    private Batch batch(long n) {
        int count = draw.accumulate();
        int mine = count / workers.size();
        Slot slot = new Slot(n / mine, workers.first(count) + (int) (n % mine), count, draw.seed());
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        ClipStage stage = ClipStage.at(draw.stages(), slot.step());
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        long clips = draw.source().count().orElseThrow() - HELD_OUT;
        for (int i = 0; i < stage.batch(); i++) {
            addUsable(batch, random.nextLong(clips), clips, stage.size());
        }
        return batch;
    }

    private void addUsable(Batch batch, long number, long clips, Shape shape) {
        for (int i = 0; ; i++) {
            try {
                add(batch, draw.source(), (number + i) % clips, shape);
                return;
            } catch (UnusableClipException e) {
                if (i >= TRIES) {
                    throw e;
                }
            }
        }
    }

    private static void add(Batch batch, ClipSource source, long number, Shape shape) {
        batch.clips().add(source.clip(number, shape).video());
        source.subject(number, shape).ifPresent(batch.masks()::add);
    }

    @Override
    public void close() {
        slots.close();
    }
}
