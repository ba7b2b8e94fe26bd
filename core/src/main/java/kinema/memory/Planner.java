package kinema.memory;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.tensor.Precision;

/**
 * Works out how a model's requests are run, each beside those that run already; see {@link Choice} for what is preferred.
 * Thread-safe.
 */
public final class Planner {
    /** The JVM, libtorch, FFmpeg and what they set up on first use. */
    static final long BASE = 280_000_000;

    private final Budget budget;
    private final Precision precision;
    private final OptionalLong most;

    /**
     * A planner of a model.
     *
     * @param budget of all models that compute on its device
     * @param precision what its networks compute in
     * @param most bytes that its requests may take, with all else that this process runs; empty for what is free
     */
    public Planner(Budget budget, Precision precision, OptionalLong most) {
        this.budget = budget;
        this.precision = precision;
        this.most = most;
    }

    /** The plan of a request beside those that run now. Where nothing fits it is the smallest there is, with a refusal. */
    public MemoryPlan plan(Footprint request) {
        return plan(request, budget.room(networks(request), most));
    }

    /**
     * Makes a request one of those that run, until the reservation is closed.
     *
     * @param prepared its plan, which is kept to if it still fits; else it is planned again
     * @throws MemoryException when it does not fit beside the others, with the smallest change with which it would
     */
    public Reservation begin(Footprint request, MemoryPlan prepared) {
        return budget.begin(
                networks(request),
                most,
                room -> Planned.of(stillFits(prepared, room) ? prepared : plan(request, room), request));
    }

    /** Not beside a network that others have whole: in its plan that may be missing beside the stages that do not use it. */
    private static boolean stillFits(MemoryPlan prepared, Room room) {
        return prepared.refusal().isEmpty() && room.inUse().isEmpty() && prepared.peak() <= room.limit();
    }

    private MemoryPlan plan(Footprint request, Room room) {
        Choice choice = new Choice(request.stages(), room.inUse(), room.limit() - BASE);
        MemoryPlan plan = new MemoryPlan(choice.stages(), precision, BASE, room.limit(), Optional.empty());
        return plan.peak() <= room.limit() ? plan : plan.refused(refusal(request, room, plan));
    }

    private String refusal(Footprint request, Room room, MemoryPlan plan) {
        return "not enough memory for " + request.request() + ": " + ByteSize.text(plan.peak())
                + " at the peak, in the stage " + plan.largest().stage() + ", and "
                + ByteSize.text(Math.max(0, room.limit())) + " may be used"
                + (room.besideOthers() ? " beside the requests that run; " : "; ")
                + request.smaller().stream()
                        .flatMap(changes -> first(changes, room).stream())
                        .findFirst()
                        .map(change -> change + " would fit")
                        .orElse("no smaller video would fit, so let it use more");
    }

    /** The smallest change of a kind with which a request fits. */
    private Optional<String> first(Changes changes, Room room) {
        int low = 0;
        int high = changes.count() - 1;
        if (high < 0 || !fits(changes, high, room)) {
            return Optional.empty();
        }
        while (low < high) { // the first that fits is from low to high
            int middle = (low + high) / 2;
            if (fits(changes, middle, room)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return Optional.of(changes.words().apply(high));
    }

    private boolean fits(Changes changes, int i, Room room) {
        Footprint request = changes.footprint().apply(i);
        Choice choice = new Choice(request.stages(), room.inUse(), room.limit() - BASE);
        return choice.stages().stream().allMatch(stage -> BASE + stage.bytes() <= room.limit());
    }

    private static List<Network> networks(Footprint request) {
        return request.stages().stream().map(Need::network).distinct().toList();
    }
}
