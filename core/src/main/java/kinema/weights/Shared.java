package kinema.weights;

import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A network that is loaded by its first use and stays for the next ones, until it is released. Who uses it at the same time
 * uses the same weights. Thread-safe.
 *
 * @param <T> the network
 */
public final class Shared<T> implements OnDemand<T> {
    private final Supplier<Loaded<T>> loader;
    private @Nullable Loaded<T> loaded;
    private int users;

    /** A network that {@code loader} makes, as often as it is used after having been released. */
    public Shared(Supplier<Loaded<T>> loader) {
        this.loader = loader;
    }

    @Override
    public <R> R use(Function<? super T, R> body) {
        T network = enter();
        try {
            return body.apply(network);
        } finally {
            leave();
        }
    }

    /** Whether its weights are in memory. */
    public synchronized boolean isLoaded() {
        return loaded != null;
    }

    /** Frees its weights unless it is being used. */
    public synchronized void release() {
        if (loaded != null && users == 0) {
            loaded.close();
            loaded = null;
        }
    }

    private synchronized T enter() {
        if (loaded == null) {
            loaded = loader.get();
        }
        users++;
        return loaded.part();
    }

    private synchronized void leave() {
        users--;
    }
}
