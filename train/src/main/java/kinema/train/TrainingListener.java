package kinema.train;

/** Hears of a training run. All methods are called on the training thread. */
public interface TrainingListener {
    /** A line for people: progress, what was saved, what is being done. */
    void line(String text);

    /** Asked before every step; after {@code true} the run saves its state and returns. */
    default boolean cancelled() {
        return false;
    }
}
