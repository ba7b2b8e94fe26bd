package kinema.memory;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import kinema.memory.Footprint.Need;
import kinema.tensor.Residency;

/**
 * A plan of a request and what it does with networks.
 *
 * @param whole those that it has in memory whole at some time
 * @param passing those that are not to be in memory beyond their stage
 */
record Planned(MemoryPlan plan, Set<Network> whole, Set<Network> passing) {
    static Planned of(MemoryPlan plan, Footprint request) {
        return new Planned(
                plan,
                networks(plan, request.stages(), way -> way != Residency.STREAMED),
                networks(plan, request.stages(), way -> way != Residency.KEPT));
    }

    private static Set<Network> networks(MemoryPlan plan, List<Need> needs, Predicate<Residency> held) {
        return needs.stream()
                .filter(need ->
                        plan.stage(need.stage()).residency().filter(held).isPresent())
                .map(Need::network)
                .collect(Collectors.toUnmodifiableSet());
    }
}
