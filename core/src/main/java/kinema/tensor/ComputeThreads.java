package kinema.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads share an operation. Where operations are small and the machine is busy, as it is in a program's first seconds, threads
 * wait for one another longer than they compute, and one alone is quicker; on an idle machine it makes little difference.
 *
 * <p>libtorch keeps the number for each thread of the program; a thread that computes for the first time takes the program's, which is
 * what any thread set last. So where one is set to compute alone, the program's number is put back at once: only a thread that
 * begins within the start of another would have one for good. The threads that share work begin with the first such work and stay.
 */
public final class ComputeThreads {
    /**
     * Multiplications. By one thread a token took, of the time by two, 0.23 to 0.88 where a layer's largest product has up to 0.5 million,
     * 0.48 to 1.19 from there to 2.1 million, 1.0 to 1.5 from 4.2 million on ({@code bench/token-threads}, Zen 4,
     * two cores; those up to 0.5 million in the program's first seconds).
     */
    private static final long SMALL = 3_000_000;

    private static final Executor CREW = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            Long.MAX_VALUE,
            TimeUnit.NANOSECONDS,
            new SynchronousQueue<>(),
            ComputeThreads::thread);

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
        return multiplications < SMALL ? alone(work) : work.get();
    }

    /** Does work whose operations are each computed by the calling thread, but for those that it shares. */
    public static <T> T alone(Supplier<T> work) {
        int threads = own();
        if (threads == 1) {
            return work.get();
        }
        try {
            setOwn(1);
            return work.get();
        } finally {
            setOwn(threads);
        }
    }

    /**
     * Does independent parts of a work with all of the program's threads, each part by one of them alone: what it makes for itself stays in the
     * cache of the processor that made it. Without derivatives. Where memory is metered the caller does all parts.
     *
     * @param part given its number, from 0, in a scope of its own
     */
    public static void share(int parts, IntConsumer part) {
        int threads = Scopes.isWatched() ? 1 : Math.min(parts, all());
        AtomicInteger next = new AtomicInteger();
        Runnable taking = () -> {
            for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
                inScope(part, i);
            }
        };
        if (threads == 1) {
            taking.run();
            return;
        }
        List<CompletableFuture<Void>> crew = new ArrayList<>();
        try {
            while (crew.size() < threads) {
                crew.add(CompletableFuture.runAsync(taking, CREW));
            }
            CompletableFuture.allOf(crew.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            throw unwrapped(e);
        } finally {
            next.set(parts); // after a failure no more are begun
            crew.forEach(one -> one.exceptionally(e -> null).join()); // what is shared must outlive the work
        }
    }

    private static RuntimeException unwrapped(CompletionException e) {
        if (e.getCause() instanceof Error cause) {
            throw cause;
        }
        return e.getCause() instanceof RuntimeException cause ? cause : e;
    }

    private static void inScope(IntConsumer part, int number) {
        try (NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() -> part.accept(number));
        }
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(
                () -> {
                    setOwn(1);
                    work.run();
                },
                "kinema-share");
        thread.setDaemon(true);
        return thread;
    }

    private static synchronized int all() {
        return usual == 0 ? torch.get_num_threads() : usual;
    }

    private static synchronized int own() {
        return torch.get_num_threads();
    }

    private static synchronized void setOwn(int threads) {
        int first = torch.get_num_threads(); // a thread that asks for the first time takes the program's
        if (usual == 0) {
            usual = first;
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
