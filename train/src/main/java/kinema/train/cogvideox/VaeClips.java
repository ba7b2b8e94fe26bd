package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.Video;
import kinema.train.ClipSource;
import kinema.train.ClipSource.Shape;
import kinema.train.Slot;
import kinema.train.UnusableClipException;
import kinema.train.Workers;
import kinema.train.data.Prefetch;

/** The clips of a VAE's slots, decoded or rendered on other threads while the network works. For one thread. */
final class VaeClips implements AutoCloseable {
    private static final int AHEAD = 2; // slots
    private static final int TRIES = 100; // neighbours of a clip that cannot be used

    /** Clips of one shape and where in them the subject is, as far as the source knows. */
    record Batch(List<Video> clips, List<Video> masks) {}

    private final VaeRecipe recipe;
    private final ClipSource source;
    private final Workers workers;
    private final Prefetch<Batch> slots;

    /** Clips from a step on, of the slots that this process computes. */
    VaeClips(VaeRecipe recipe, ClipSource source, Workers workers, long step) {
        this.recipe = recipe;
        this.source = source;
        this.workers = workers;
        int mine = recipe.accumulate() / workers.size();
        slots = new Prefetch<>(
                step * mine, AHEAD, Math.max(1, Runtime.getRuntime().availableProcessors() - 1), this::batch);
    }

    /** The clips of the process's next slot. */
    Batch next() {
        return slots.next();
    }

    /** Clips that are never trained on. */
    static Batch heldOut(ClipSource source, Shape shape, int count) {
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        long last = source.count().orElseThrow() - 1;
        for (int i = 0; i < count; i++) {
            add(batch, source, last - i, shape);
        }
        return batch;
    }

    /** The clips of the n-th slot that this process computes. */
    private Batch batch(long n) {
        int count = recipe.accumulate();
        int mine = count / workers.size();
        Slot slot = new Slot(n / mine, workers.first(count) + (int) (n % mine), count, recipe.seed());
        SplittableRandom random = new SplittableRandom(slot.randomSeed());
        VaeRecipe.Stage stage = recipe.stage(slot.step());
        Batch batch = new Batch(new ArrayList<>(), new ArrayList<>());
        long clips = source.count().orElseThrow() - VaeRecipe.HELD_OUT;
        for (int i = 0; i < stage.batch(); i++) {
            addUsable(batch, random.nextLong(clips), clips, stage.size());
        }
        return batch;
    }

    private void addUsable(Batch batch, long number, long clips, Shape shape) {
        for (int i = 0; ; i++) {
            try {
                add(batch, source, (number + i) % clips, shape);
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
