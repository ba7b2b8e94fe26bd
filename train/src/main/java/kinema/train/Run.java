package kinema.train;

import java.util.OptionalLong;

/**
 * What a trainer is given beside its recipe.
 *
 * @param folder where all of the run goes
 * @param workers the processes that share its steps
 * @param listener hears of it
 * @param maxMemory bytes of memory that may be used; empty for what the machine has free
 */
public record Run(RunFolder folder, Workers workers, TrainingListener listener, OptionalLong maxMemory) {
    /** A run that may use what memory the machine has free. */
    public Run(RunFolder folder, Workers workers, TrainingListener listener) {
        this(folder, workers, listener, OptionalLong.empty());
    }

    /** A run of one process. */
    public Run(RunFolder folder, TrainingListener listener) {
        this(folder, Workers.ALONE, listener);
    }

    /** Whether this process writes the run's files and tells of it. */
    public boolean leads() {
        return workers.rank() == 0;
    }
}
