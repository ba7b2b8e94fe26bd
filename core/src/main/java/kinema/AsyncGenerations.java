package kinema;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The generations of a model that run on threads of their own. Safe for several threads. */
final class AsyncGenerations implements AutoCloseable {
    private final Map<Thread, CompletableFuture<Generation>> running = new HashMap<>(); // guarded by this
    private boolean closed; // guarded by this

    /** Begins one, see {@link VideoModel#generateAsync(GenerationRequest, GenerationListener)}. */
    synchronized CompletableFuture<Generation> start(
            VideoModel model, GenerationRequest request, GenerationListener listener) {
        if (closed) {
            throw new IllegalStateException("the model " + model.name() + " is closed");
        }
        CompletableFuture<Generation> future = new CompletableFuture<>();
        Thread thread = new Thread(() -> run(model, request, listener, future), "kinema-generation");
        thread.setDaemon(true);
        running.put(thread, future);
        thread.start();
        return future;
    }

    private void run(
            VideoModel model,
            GenerationRequest request,
            GenerationListener listener,
            CompletableFuture<Generation> future) {
        try {
            Generation made = model.generate(request, new UntilDone(future, listener));
            ended();
            if (!future.complete(made)) {
                made.close();
            }
        } catch (Throwable e) { // whatever it is, whoever waits for the future has to hear of it
            ended();
            future.completeExceptionally(e);
        }
    }

    /** Before the future says so: what then follows on this thread may close the model. */
    private synchronized void ended() {
        running.remove(Thread.currentThread());
    }

    /** Cancels those that run, and waits until they have ended. */
    @Override
    public void close() {
        Map<Thread, CompletableFuture<Generation>> left;
        synchronized (this) {
            if (running.containsKey(Thread.currentThread())) {
                throw new IllegalStateException("a model cannot be closed from within its own generation");
            }
            closed = true;
            left = Map.copyOf(running);
        }
        left.values().forEach(future -> future.cancel(true));
        left.keySet().forEach(AsyncGenerations::await);
    }

    private static void await(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // its weights must not be freed under it
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
