package kinema.memory;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Residency;
import kinema.weights.Shared;
import kinema.weights.WeightTally;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a network as a plan sees them: what they weigh, and the ways they can be held. A model has one of these for
 * each of its networks, as long as it is open; two stages that use one network have one of these in common.
 *
 * <p>Thread-safe.
 */
public final class Network {
    /** For stages that use none. */
    public static final Network NONE = ofEachUse(new WeightTally(0, 0, 0), Residency.RESIDENT);

    private final WeightTally tally;
    private final List<Residency> ways; // the fastest first
    private final @Nullable Shared<?> shared;

    private Network(WeightTally tally, List<Residency> ways, @Nullable Shared<?> shared) {
        this.tally = tally;
        this.ways = List.copyOf(ways);
        this.shared = shared;
    }

    /** A network that every use makes anew and frees, all of it or part by part: a text encoder, an autoencoder. */
    public static Network ofEachUse(WeightTally tally, Residency way) {
        return new Network(tally, List.of(way), null);
    }

    /**
     * A network of many steps: its weights are all there, and requests at the same time share them, or they are streamed.
     *
     * @param weights all of it; freed where a plan needs the room and nobody uses it
     * @param mayBeKept whether it may stay in memory from one request to the next
     */
    static Network ofMany(WeightTally tally, Shared<?> weights, boolean mayBeKept) {
        List<Residency> ways = new ArrayList<>(List.of(Residency.values()));
        if (!mayBeKept) {
            ways.remove(Residency.KEPT);
        }
        return new Network(tally, ways, weights);
    }

    /** All ways to hold it, the fastest first. */
    List<Residency> ways() {
        return ways;
    }

    /** Bytes of what is there together while it is used. */
    long bytes(Residency way) {
        return way == Residency.STREAMED ? tally.streamed() : tally.all();
    }

    /** Bytes of all of it. */
    long whole() {
        return tally.all();
    }

    /** Bytes of those of its weights that requests at the same time have in common. */
    long shared(Residency way) {
        return isChosen() && way != Residency.STREAMED ? tally.all() : 0;
    }

    /** Whether there is more than one way to hold it. */
    boolean isChosen() {
        return shared != null;
    }

    /** Bytes of it that are in memory now, whoever uses them. */
    long loaded() {
        return shared != null && shared.isLoaded() ? tally.all() : 0;
    }

    /** Frees it unless it is being used. */
    void release() {
        if (shared != null) {
            shared.release();
        }
    }
}
