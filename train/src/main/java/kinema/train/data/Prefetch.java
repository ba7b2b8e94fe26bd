package kinema.train.data;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongFunction;

/**
 * Makes things ahead of their use, on other threads and in order: clips that are decoded or rendered while the network works.
 *
 * <p>Things are plain Java objects: native memory belongs to the thread that made it. For one reader.
 *
 * @param <T> what is made of a number
 */
public final class Prefetch<T> implements AutoCloseable {
    private final ExecutorService threads;
    private final int ahead;
    private final LongFunction<T> make;
    private final Deque<CompletableFuture<T>> coming = new ArrayDeque<>();
    private long next;

    /**
     * Starts to make.
     *
     * @param first number of the first thing
     * @param ahead how many are made ahead
     * @param make makes the thing of a number; called on several threads
     */
    public Prefetch(long first, int ahead, int threads, LongFunction<T> make) {
        this.threads = Executors.newFixedThreadPool(threads, Prefetch::thread);
        this.ahead = ahead;
        this.make = make;
        next = first;
    }

    /** The next thing; what its making threw is thrown here. */
    public T next() {
        while (coming.size() <= ahead) {
            long number = next++;
            coming.add(CompletableFuture.supplyAsync(() -> make.apply(number), threads));
        }
        try {
            return coming.remove().join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private static Thread thread(Runnable body) {
        Thread thread = new Thread(body, "clips ahead");
        thread.setDaemon(true);
        return thread;
    }
}
