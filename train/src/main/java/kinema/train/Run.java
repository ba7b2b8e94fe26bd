package kinema.train;

/**
 * What a trainer is given beside its recipe.
 *
 * @param folder where all of the run goes
 * @param workers the processes that share its steps
 * @param listener hears of it
 */
public record Run(RunFolder folder, Workers workers, TrainingListener listener) {
    /** A run of one process. */
    public Run(RunFolder folder, TrainingListener listener) {
        this(folder, Workers.ALONE, listener);
    }

    /** Whether this process writes the run's files and tells of it. */
    public boolean leads() {
        return workers.rank() == 0;
    }
}
