package kinema.testing;

import org.bytedeco.javacpp.Pointer;

/** Counts native objects that are alive, for tests that something leaves none behind. */
public final class LivePointers {
    private static final long PAUSE_MILLIS = 20;
    private static final int ROUNDS = 3; // without a change: on a busy machine a round may be too short for the freeing

    private LivePointers() {}

    /**
     * The number now, after the garbage collector has freed what earlier tests left to it; else that would be freed in
     * the middle of a test and hide what the test leaves alive.
     */
    public static long settled() {
        long count = Pointer.totalCount();
        for (int same = 0; same < ROUNDS; same++) {
            System.gc();
            pause();
            if (Pointer.totalCount() < count) {
                count = Pointer.totalCount();
                same = -1;
            }
        }
        return count;
    }

    /** The number now. */
    public static long now() {
        return Pointer.totalCount();
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS); // JavaCPP frees on a thread of its own
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
