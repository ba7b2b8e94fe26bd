package kinema.memory;

import java.util.function.Function;
import kinema.weights.Checkpoint;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.Shared;
import kinema.weights.Weights;

/**
 * A network of many steps as a model holds it: the same weights for all requests at the same time, or for each request anew,
 * part by part, as a plan says. A model has one for each such network, as long as it is open. Thread-safe.
 *
 * @param <N> the network
 */
public final class SharedNetwork<N> {
    private final Network weights;
    private final OnDemand<N> whole;
    private final OnDemand<N> streamed;

    private SharedNetwork(Network weights, OnDemand<N> whole, OnDemand<N> streamed) {
        this.weights = weights;
        this.whole = whole;
        this.streamed = streamed;
    }

    /**
     * A checkpoint's network; nothing of it is read before its first use. LoRAs are to be added to the checkpoint before.
     *
     * @param network its constructor
     * @param placement what becomes of the weights
     * @param mayBeKept whether it may stay in memory from one request to the next
     * @throws kinema.weights.WeightsException listing all keys that are missing, left over or of another shape
     */
    public static <N> SharedNetwork<N> of(
            Checkpoint file, Function<Weights, N> network, Placement placement, boolean mayBeKept) {
        Shared<N> whole = file.shared(network, placement);
        Network weights = Network.ofMany(file.weigh(network, placement), whole, mayBeKept);
        return new SharedNetwork<>(weights, whole, file.onDemand(network, placement.streamed()));
    }

    /** What footprints say of it. */
    public Network weights() {
        return weights;
    }

    /** The network as a plan holds it in a stage of that name. */
    public OnDemand<N> in(MemoryPlan plan, String stage) {
        return switch (plan.residency(stage)) {
            case STREAMED -> streamed;
            case RESIDENT, KEPT -> whole;
        };
    }
}
