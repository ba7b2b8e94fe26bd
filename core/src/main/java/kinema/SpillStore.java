package kinema;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import kinema.files.FileFailure;
import kinema.files.FolderLock;
import kinema.system.RunState;
import kinema.system.StateStore;
import org.jspecify.annotations.Nullable;

/**
 * Saves a run's state in the folder of its {@link Spill}, which no other run may use until this is closed: once a minute, and
 * in the first minute after every step that took longer than a second. A disk that is full or cannot be written ends no run:
 * that is told once. For one run and one thread.
 */
final class SpillStore implements StateStore {
    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** To save a state takes some hundredths of a second. */
    private static final long LONG_STEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Spill spill;
    private final Provenance provenance;
    private final Map<String, String> notes;
    private final StateFile file;
    private final Consumer<String> unsaved;
    private final LongSupplier clock;
    private final long begunAt;
    private long savedAt;
    private long offeredAt;
    private @Nullable String savedStage;
    private int savedSteps;
    private boolean written;
    private boolean told;
    private @Nullable FolderLock lock;

    /**
     * For a run that starts, or goes on, now.
     *
     * @param notes what its file says of its latents, see {@link LatentsNotes}
     * @param unsaved told in words when work cannot be saved
     * @throws SpillException when another run uses the folder
     */
    SpillStore(Spill spill, Provenance provenance, Map<String, String> notes, Consumer<String> unsaved) {
        this(spill, provenance, notes, unsaved, System::nanoTime);
    }

    SpillStore(
            Spill spill,
            Provenance provenance,
            Map<String, String> notes,
            Consumer<String> unsaved,
            LongSupplier clock) {
        this.spill = spill;
        this.provenance = provenance;
        this.notes = notes;
        this.file = StateFile.in(spill.folder());
        this.unsaved = unsaved;
        this.clock = clock;
        begunAt = clock.getAsLong();
        savedAt = begunAt;
        offeredAt = begunAt;
        if (Files.isDirectory(spill.folder())) {
            try {
                lock = UnfinishedRun.lock(spill.folder());
            } catch (IOException e) {
                tellUnsaved(e);
            }
        }
    }

    @Override
    public Optional<RunState> saved() {
        Optional<RunState> state = UnfinishedRun.isAt(spill.folder()) ? file.read() : Optional.empty();
        state.ifPresent(this::remember);
        return state;
    }

    @Override
    public void offer(RunState state) {
        long now = clock.getAsLong();
        boolean longStep = now - offeredAt >= LONG_STEP_NANOS && now - begunAt <= EVERY_NANOS;
        offeredAt = now;
        boolean due = spill.everySteps().isPresent()
                ? since(state) >= spill.everySteps().getAsInt()
                : longStep || now - savedAt >= EVERY_NANOS;
        if (due) {
            write(state);
        }
    }

    @Override
    public void save(RunState state) {
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
            remember(state);
        } catch (IOException e) {
            tellUnsaved(e);
        }
        savedAt = clock.getAsLong();
    }

    private void remember(RunState state) {
        savedStage = state.stage();
        savedSteps = state.done();
    }

    /** Steps since the state that was saved last, or since the run began; that a stage begins counts as one. */
    private int since(RunState state) {
        boolean sameStage = savedStage == null || savedStage.equals(state.stage());
        return sameStage ? state.done() - savedSteps : state.done() + 1;
    }

    private void begin() throws IOException {
        if (!Files.isDirectory(spill.folder())) {
            close(); // the lock of a folder that somebody removed
            Files.createDirectories(spill.folder());
        }
        if (lock == null) {
            lock = UnfinishedRun.lock(spill.folder());
            requireEmpty();
        }
        UnfinishedRun.write(spill, provenance);
        written = true;
    }

    /** What another run saved since this one began is not written over. */
    private void requireEmpty() {
        if (UnfinishedRun.isAt(spill.folder())) {
            throw new SpillException(spill.folder() + " holds the unfinished work of another run, saved since this one"
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
            tellUnsaved(e);
        }
    }

    private void tellUnsaved(IOException cause) {
        if (!told) {
            told = true;
            unsaved.accept(
                    "unfinished work cannot be saved in " + spill.folder() + " (" + FileFailure.writing(cause) + ")");
        }
    }
}
