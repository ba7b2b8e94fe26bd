package kinema.memory;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import kinema.memory.Footprint.Need;
import kinema.tensor.Residency;

/**
 * The choices of a plan: how each stage's weights are held, and the pieces of each tiling. What fits is preferred in the order
 * of speed, each stage by itself, since stages follow one another: whole pictures before the largest tiles, resident weights
 * before streamed ones. Then networks are kept for other stages, in the order of the stages, as long as all still fit.
 *
 * <p>For one plan, of one thread.
 */
final class Choice {
    private final List<Need> needs;
    private final Set<Network> inUse;
    private final long limit;
    private final Map<Tiling, Tile> tiles = new HashMap<>();
    private final Map<Need, Residency> ways = new HashMap<>();
    private final Set<Network> kept = new HashSet<>();

    /**
     * Chooses.
     *
     * @param inUse networks that are whole in memory anyway
     * @param limit bytes for any stage
     */
    Choice(List<Need> needs, Set<Network> inUse, long limit) {
        this.needs = needs;
        this.inUse = inUse;
        this.limit = limit;
        kept.addAll(inUse);
        needs.forEach(need -> ways.put(need, last(need.network())));
        needs.stream().map(Need::tiling).distinct().forEach(this::cut);
        needs.forEach(this::hold);
        needs.stream().map(Need::network).distinct().forEach(this::keep);
    }

    /** What each stage takes. */
    List<StageMemory> stages() {
        return needs.stream().map(this::stage).toList();
    }

    /** The largest tiles with which the stages fit that use them, whatever the residency; else those that take least. */
    private void cut(Tiling tiling) {
        List<Need> users =
                needs.stream().filter(need -> need.tiling().equals(tiling)).toList();
        long least = Long.MAX_VALUE;
        for (Tile tile : tiling.choices()) {
            Tile before = tiles.put(tiling, tile);
            if (tiling.choices().size() == 1) {
                return;
            }
            long bytes = users.stream().mapToLong(this::bytes).max().orElseThrow();
            if (bytes <= limit) {
                return;
            }
            if (before != null && bytes >= least) {
                tiles.put(tiling, before);
            }
            least = Math.min(least, bytes);
        }
    }

    /** Resident weights where a stage fits with them. */
    private void hold(Need need) {
        for (Residency way : need.network().ways()) {
            if (way != Residency.KEPT && !inUse.contains(need.network())) {
                ways.put(need, way);
                if (bytes(need) <= limit) {
                    return;
                }
            }
        }
    }

    /** Keeps a network that is resident, if all stages fit beside it. */
    private void keep(Network network) {
        List<Need> users =
                needs.stream().filter(need -> need.network() == network).toList();
        boolean resident = users.stream().allMatch(need -> way(need) == Residency.RESIDENT);
        if (!network.ways().contains(Residency.KEPT) || !resident) {
            return;
        }
        kept.add(network);
        if (needs.stream().allMatch(need -> bytes(need) <= limit)) {
            users.forEach(need -> ways.put(need, Residency.KEPT));
        } else {
            kept.remove(network);
        }
    }

    private Residency last(Network network) {
        List<Residency> all = network.ways();
        return inUse.contains(network) ? Residency.KEPT : all.get(all.size() - 1);
    }

    private StageMemory stage(Need need) {
        Network network = need.network();
        Residency way = way(need);
        long beside = beside(need);
        return new StageMemory(
                need.stage(),
                Optional.of(way).filter(any -> network.isChosen()),
                need.tiling().pieces(tile(need)),
                network.bytes(way) + beside,
                need.work().applyAsLong(tile(need)),
                network.shared(way) + beside);
    }

    private long bytes(Need need) {
        return need.network().bytes(way(need)) + beside(need) + need.work().applyAsLong(tile(need));
    }

    /** Networks that are kept beside a stage's own. */
    private long beside(Need need) {
        return kept.stream()
                .filter(network -> network != need.network())
                .mapToLong(Network::whole)
                .sum();
    }

    private Residency way(Need need) {
        return Objects.requireNonNull(ways.get(need));
    }

    private Tile tile(Need need) {
        return Objects.requireNonNull(tiles.get(need.tiling()));
    }
}
