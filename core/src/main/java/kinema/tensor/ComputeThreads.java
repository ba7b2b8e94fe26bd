package kinema.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads share an operation. Where operations are small, threads wait for one another longer than they compute, and one
 * alone is quicker. libtorch keeps the number for each thread of the program, and those that compute for the first time take
 * the number that was set last by any.
 */
public final class ComputeThreads {
    // On two cores (Zen 4, float32 from 16-bit weights) one thread takes a token 0.24 to 0.84 of the time of two below
    // 2.1 million, 1 to 1.3 times it
    // from 2.1 to 5.2 million on
    private static final long SMALL = 3_000_000;

    private static int alone; // how many compute small work now; guarded by the class
    private static int usual; // threads before the first of them; guarded by the class

    private ComputeThreads() {}

    /** To be called where a thread of the program begins to compute, which would compute alone for good while another has small work. */
    public static synchronized void begin() {
        if (alone > 0) {
            torch.set_num_threads(usual);
        }
    }

    /**
     * Does work, by one thread where that is quicker.
     *
     * @param multiplications of the largest of its many matrix products
     */
    public static <T> T forProducts(long multiplications, Supplier<T> work) {
        int threads = torch.get_num_threads();
        if (multiplications >= SMALL || threads == 1) {
            return work.get();
        }
        enter(threads);
        try {
            return work.get();
        } finally {
            leave(threads);
        }
    }

    private static synchronized void enter(int threads) {
        if (alone++ == 0) {
            usual = threads;
        }
        torch.set_num_threads(1);
    }

    private static synchronized void leave(int threads) {
        alone--;
        torch.set_num_threads(threads);
    }
}
