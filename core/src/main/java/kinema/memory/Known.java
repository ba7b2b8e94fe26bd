package kinema.memory;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * What is known of sizes already: each is measured once. Thread-safe.
 *
 * @param <S> all that the measure depends on, with equality
 */
public final class Known<S> {
    private final Map<S, Long> known = new ConcurrentHashMap<>();
    private final ToLongFunction<? super S> measure;

    /** Remembers what {@code measure} finds. */
    public Known(ToLongFunction<? super S> measure) {
        this.measure = measure;
    }

    /** The bytes of this size. */
    public long bytes(S size) {
        return known.computeIfAbsent(size, measure::applyAsLong);
    }
}
