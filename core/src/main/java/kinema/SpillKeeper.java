package kinema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import kinema.diffusion.DenoisingState;
import kinema.diffusion.StateKeeper;

/** Keeps a run's state in the folder of its {@link Spill}. For one run and one thread. */
final class SpillKeeper implements StateKeeper {
    private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Spill spill;
    private final Provenance provenance;
    private final StateFile file;
    private final LongSupplier clock;
    private long keptAt;
    private int keptSteps;
    private boolean written;

    /** For a run that starts, or goes on, now. */
    SpillKeeper(Spill spill, Provenance provenance) {
        this(spill, provenance, System::nanoTime);
    }

    SpillKeeper(Spill spill, Provenance provenance, LongSupplier clock) {
        this.spill = spill;
        this.provenance = provenance;
        this.file = StateFile.in(spill.folder());
        this.clock = clock;
        keptAt = clock.getAsLong();
    }

    @Override
    public Optional<DenoisingState> kept() {
        Optional<DenoisingState> state = UnfinishedRun.isAt(spill.folder()) ? file.read() : Optional.empty();
        keptSteps = state.map(DenoisingState::done).orElse(0);
        return state;
    }

    @Override
    public void offer(DenoisingState state) {
        boolean due = spill.everySteps().isPresent()
                ? state.done() - keptSteps >= spill.everySteps().getAsInt()
                : clock.getAsLong() - keptAt >= EVERY_NANOS;
        if (due) {
            write(state);
        }
    }

    @Override
    public void keep(DenoisingState state) {
        if (state.done() > keptSteps) {
            write(state);
        }
    }

    private void write(DenoisingState state) {
        try {
            if (!written || !UnfinishedRun.isAt(spill.folder())) {
                UnfinishedRun.write(spill, provenance);
                written = true;
            }
            file.write(state);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot keep the unfinished work in " + spill.folder() + ": " + e.getMessage(), e);
        }
        keptAt = clock.getAsLong();
        keptSteps = state.done();
    }
}
