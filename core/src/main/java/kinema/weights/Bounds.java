package kinema.weights;

/** Refuses numbers that no network has, before anything is made or counted with them. */
public final class Bounds {
    /** Blocks or layers of a network. */
    public static final int LAYERS = 1000;

    /** Channels, widths and other sizes of an axis. */
    public static final int WIDTH = 1_000_000;

    private Bounds() {}

    /**
     * Checks a number of a config.
     *
     * @throws IllegalArgumentException when {@code value} is not from {@code least} to {@code most}
     */
    public static void check(String key, long value, long least, long most) {
        if (value < least) {
            throw new IllegalArgumentException(key + " must be at least " + least + ", found " + value);
        }
        if (value > most) {
            throw new IllegalArgumentException(key + " must be at most " + most + ", found " + value);
        }
    }
}
