package kinema.tensor;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads share an operation. Where operations are small and the machine is busy, as it is in a program's first seconds, threads
 * wait for one another longer than they compute, and one alone is quicker; on an idle machine it makes little difference.
 *
 * <p>libtorch keeps the number for each thread of the program; a thread that computes for the first time takes the program's, which is
 * what any thread set last. So where one is set to compute alone, the program's number is put back at once: only a thread that
 * begins within the start of another would have one for good.
 */
public final class ComputeThreads {
    /**
     * Multiplications. By one thread a token took, of the time by two, 0.23 to 0.88 where a layer's largest product has up to 0.5 million,
     * 0.48 to 1.19 from there to 2.1 million, 1.0 to 1.5 from 4.2 million on ({@code bench/token-threads}, Zen 4,
     * two cores; those up to 0.5 million in the program's first seconds).
     */
    private static final long SMALL = 3_000_000;

    private static int usual; // the program's number, 0 as long as it is not known; guarded by the class

    private ComputeThreads() {}

    /** Sets the number of the calling thread and of those that compute for the first time from now on; at least 1. */
    public static synchronized void set(int threads) {
        usual = threads;
        torch.set_num_threads(threads);
    }

    /**
     * Does work of many matrix products, by one thread where that is quicker.
     *
     * @param multiplications of a layer's largest product
     */
    public static <T> T forProducts(long multiplications, Supplier<T> work) {
        int threads = own();
        if (multiplications >= SMALL || threads == 1) {
            return work.get();
        }
        try {
            setOwn(1);
            return work.get();
        } finally {
            setOwn(threads);
        }
    }

    private static synchronized int own() {
        return torch.get_num_threads();
    }

    private static synchronized void setOwn(int threads) {
        if (usual == 0) {
            usual = torch.get_num_threads();
        }
        torch.set_num_threads(threads);
        if (threads != usual) {
            putBack();
        }
    }

    /** As if no number had been set or asked for. */
    static synchronized void forget() {
        usual = 0;
    }

    /** Sets the program's number, by a thread that does nothing else. */
    private static void putBack() {
        int all = usual;
        CompletableFuture.runAsync(() -> torch.set_num_threads(all), task -> new Thread(task, "kinema-threads").start())
                .join();
    }
}
