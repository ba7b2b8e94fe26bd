package kinema.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import kinema.tensor.Device;
import kinema.tensor.MachineMemory;

/**
 * The memory that all requests of this process share, whatever their models: nothing is promised twice. It knows the plans of
 * the requests that run, each of which counts with its own peak, since these may come together, and the networks that are in
 * memory for more than one request. Thread-safe.
 *
 * <p>What is free is asked for when nothing runs, and is the limit until nothing runs again: meanwhile it changes with what
 * the requests take, which is counted already. A network that is kept for later requests and that nobody uses gives way to a
 * request that needs its room, the longest unused one first.
 */
public final class Budget {
    /** How much of the free memory is used: the rest is for the plan's own error and for what else is started. */
    private static final double MARGIN = 0.85;

    private static final Budget CPU = new Budget(() -> (long) (MARGIN * MachineMemory.free()));

    /** Of a graphics card's own memory nothing is known: it is taken to be enough unless a limit is given. */
    private static final Budget CUDA = new Budget(() -> Long.MAX_VALUE / 2);

    private final LongSupplier free;
    private final List<Reservation> running = new ArrayList<>();
    private final Set<Network> loaded = new LinkedHashSet<>(); // once, perhaps no longer; the longest unused first
    private OptionalLong shared = OptionalLong.empty(); // what requests share while some run

    /** A budget of its own, of what {@code free} says when nothing runs. */
    Budget(LongSupplier free) {
        this.free = free;
    }

    /** That of all requests of this process that compute on a device. */
    public static Budget of(Device device) {
        return device == Device.CPU ? CPU : CUDA;
    }

    /**
     * What a request may use at the moment.
     *
     * @param networks those of its stages
     * @param most what its model may use beside whatever else runs; empty for what is free
     */
    synchronized Room room(Collection<Network> networks, OptionalLong most) {
        long taken = running.stream().mapToLong(run -> run.plan().own()).sum();
        Set<Network> inUse = inUse();
        long others = inUse.stream()
                .filter(network -> !networks.contains(network))
                .mapToLong(Network::whole)
                .sum();
        long limit = most.orElseGet(() -> shared.orElseGet(this::all));
        return new Room(
                limit - taken - others,
                !running.isEmpty(),
                inUse.stream().filter(networks::contains).collect(Collectors.toSet()));
    }

    /**
     * Makes a request one of those that run.
     *
     * @param networks those of its stages
     * @param most what its model may use, as for {@link #room}
     * @param planner plans it in what there is
     * @throws MemoryException when it does not fit beside the others
     */
    synchronized Reservation begin(Collection<Network> networks, OptionalLong most, Function<Room, Planned> planner) {
        Room room = room(networks, most);
        Planned planned = planner.apply(room);
        MemoryPlan plan = planned.plan().required();
        if (running.isEmpty()) {
            shared = OptionalLong.of(all());
        }
        Reservation run = new Reservation(this, planned);
        run.stageEnded(); // what the plan has no room for before its stage may be there from another request
        giveWay(room.limit() - plan.peak(), planned.whole());
        running.add(run);
        loaded.removeAll(planned.whole());
        loaded.addAll(planned.whole());
        return run;
    }

    synchronized void end(Reservation run) {
        running.remove(run);
        if (running.isEmpty()) {
            shared = OptionalLong.empty();
        }
        Set<Network> inUse = inUse();
        loaded.removeIf(network -> network.loaded() == 0 && !inUse.contains(network));
    }

    /** What is free and what networks that are in memory take of it. */
    private long all() {
        return free.getAsLong() + loaded.stream().mapToLong(Network::loaded).sum();
    }

    /** Frees networks that nobody uses, or is about to, until they are no more than what is left. */
    private void giveWay(long left, Set<Network> needed) {
        Set<Network> inUse = inUse();
        List<Network> idle = loaded.stream()
                .filter(network -> !inUse.contains(network) && !needed.contains(network))
                .toList();
        long bytes = idle.stream().mapToLong(Network::loaded).sum();
        for (Network network : idle) {
            if (bytes <= left) {
                return;
            }
            bytes -= network.loaded();
            network.release();
        }
    }

    /** The networks that those who run have whole in memory, or will. */
    private Set<Network> inUse() {
        return running.stream().flatMap(run -> run.planned().whole().stream()).collect(Collectors.toSet());
    }
}
