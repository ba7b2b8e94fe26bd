package kinema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kinema.system.RunState;
import kinema.system.StateKeeper;
import kinema.weights.FileFailure;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a run's state in the folder of its {@link Spill}, which no other run may use until this is closed. For one run and
 * one thread.
 */
final class SpillKeeper implements StateKeeper {
    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Spill spill;
    private final Provenance provenance;
    private final Map<String, String> notes;
    private final StateFile file;
    private final LongSupplier clock;
    private long keptAt;
    private @Nullable String keptStage;
    private int keptSteps;
    private boolean written;
    private @Nullable SpillLock lock;

    /**
     * For a run that starts, or goes on, now.
     *
     * @param notes what its file says of its latents, see {@link LatentsNotes}
     * @throws SpillException when another run uses the folder
     */
    SpillKeeper(Spill spill, Provenance provenance, Map<String, String> notes) {
        this(spill, provenance, notes, System::nanoTime);
    }

    SpillKeeper(Spill spill, Provenance provenance, Map<String, String> notes, LongSupplier clock) {
        this.spill = spill;
        this.provenance = provenance;
        this.notes = notes;
        this.file = StateFile.in(spill.folder());
        this.clock = clock;
        keptAt = clock.getAsLong();
        if (Files.isDirectory(spill.folder())) {
            try {
                lock = SpillLock.take(spill.folder());
            } catch (IOException e) {
                throw cannotKeep(e);
            }
        }
    }

    @Override
    public Optional<RunState> kept() {
        Optional<RunState> state = UnfinishedRun.isAt(spill.folder()) ? file.read() : Optional.empty();
        state.ifPresent(this::remember);
        return state;
    }

    @Override
    public void offer(RunState state) {
        boolean due = spill.everySteps().isPresent()
                ? since(state) >= spill.everySteps().getAsInt()
                : clock.getAsLong() - keptAt >= EVERY_NANOS;
        if (due) {
            write(state);
        }
    }

    @Override
    public void keep(RunState state) {
        if (since(state) > 0) {
            write(state);
        }
    }

    private void write(RunState state) {
        try {
            if (!written || !UnfinishedRun.isAt(spill.folder())) {
                begin();
            }
            file.write(state, notes);
        } catch (IOException e) {
            throw cannotKeep(e);
        }
        keptAt = clock.getAsLong();
        remember(state);
    }

    private void remember(RunState state) {
        keptStage = state.stage();
        keptSteps = state.done();
    }

    /** Steps since the state that was kept last, or since the run began; that a stage begins counts as one. */
    private int since(RunState state) {
        boolean sameStage = keptStage == null || keptStage.equals(state.stage());
        return sameStage ? state.done() - keptSteps : state.done() + 1;
    }

    private void begin() throws IOException {
        if (!Files.isDirectory(spill.folder())) {
            close(); // the lock of a folder that somebody removed
            Files.createDirectory(spill.folder());
        }
        if (lock == null) {
            lock = SpillLock.take(spill.folder());
            requireEmpty();
        }
        UnfinishedRun.write(spill, provenance);
        written = true;
    }

    /** What another run kept since this one began is not written over. */
    private void requireEmpty() {
        if (UnfinishedRun.isAt(spill.folder())) {
            throw new SpillException(spill.folder() + " holds the unfinished work of another run, kept since this one"
                    + " began; resume that one, or choose another output");
        }
    }

    @Override
    public void close() {
        if (lock == null) {
            return;
        }
        try {
            lock.close();
            lock = null;
        } catch (IOException e) {
            throw cannotKeep(e);
        }
    }

    private UncheckedIOException cannotKeep(IOException cause) {
        return new UncheckedIOException(
                "cannot keep the unfinished work in " + spill.folder() + ": " + FileFailure.writing(cause), cause);
    }
}
