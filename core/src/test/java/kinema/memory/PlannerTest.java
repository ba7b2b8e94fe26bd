package kinema.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.memory.Footprint.Changes;
import kinema.memory.Footprint.Need;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.weights.Loaded;
import kinema.weights.Shared;
import kinema.weights.WeightTally;
import org.junit.jupiter.api.Test;

/** What a plan chooses, stage by stage, and what is promised to requests that run together. */
class PlannerTest {
    private static final long MB = 1_000_000;
    private static final long BASE = Planner.BASE;

    /** A network of many steps: 1000 MB whole, 100 streamed. */
    private static final class Big {
        private final Shared<String> weights = new Shared<>(() -> new Loaded<>("weights", () -> {}));
        private final Network network;

        private Big(boolean mayBeKept) {
            network = Network.ofMany(new WeightTally(1000 * MB, 20 * MB, 80 * MB), weights, mayBeKept);
        }
    }

    private final Big first = new Big(true);
    private final Big second = new Big(true);
    private final Network text = Network.ofEachUse(new WeightTally(900 * MB, 100 * MB, 200 * MB), Residency.STREAMED);
    private final Network coder = Network.ofEachUse(new WeightTally(50 * MB, 50 * MB, 0), Residency.RESIDENT);
    private long free = 5000 * MB;
    private final Budget budget = new Budget(() -> free);

    @Test
    void withRoomForAllEverythingIsKeptAndWhole() {
        MemoryPlan plan = plan(cascade(), 5000);

        assertThat(plan.stages()).extracting(StageMemory::stage).containsExactly("text", "base", "up", "decode");
        assertThat(plan.residency("base")).isEqualTo(Residency.KEPT);
        assertThat(plan.residency("up")).isEqualTo(Residency.KEPT);
        assertThat(plan.tile()).isEmpty();
        assertThat(plan.stage("text").residency()).isEmpty();
        assertThat(plan.stage("text").weights()).isEqualTo((300 + 2000) * MB);
        assertThat(plan.stage("base").shared()).isEqualTo(2000 * MB);
        assertThat(plan.peak()).isEqualTo(BASE + (2000 + 640) * MB + 50 * MB);
        assertThat(plan.own()).isEqualTo((640 + 50) * MB);
    }

    @Test
    void eachStageIsHeldAsItFits() {
        assertThat(ways(2690)).containsExactly(Residency.KEPT, Residency.KEPT);
        assertThat(ways(2689)).containsExactly(Residency.KEPT, Residency.RESIDENT);
        assertThat(ways(2399)).containsExactly(Residency.RESIDENT, Residency.KEPT);
        assertThat(ways(2149)).containsExactly(Residency.RESIDENT, Residency.RESIDENT);
        assertThat(ways(1399)).containsExactly(Residency.RESIDENT, Residency.STREAMED);
        assertThat(ways(1149)).containsExactly(Residency.STREAMED, Residency.STREAMED);
    }

    @Test
    void picturesAreCutIntoTheLargestTilesThatFit() {
        MemoryPlan plan = plan(cascade(), 600);

        assertThat(plan.tile()).contains(new Tile(560, 280));
        assertThat(plan.stage("decode").bytes()).isLessThanOrEqualTo(600 * MB);
        assertThat(plan.stage("base").tile()).isEmpty();
    }

    @Test
    void stagesWithOneTilingUseTheSamePieces() {
        Tiling tiling = Tiling.any(800, 400, 8);
        Footprint both = new Footprint(
                "a video",
                List.of(
                        new Need("encode", coder, tiling, tile -> area(tile) * 2000),
                        new Need("decode", coder, tiling, tile -> area(tile) * 500)),
                List.of());

        MemoryPlan plan = plan(both, 450);
        assertThat(plan.stage("encode").tile())
                .isEqualTo(plan.stage("decode").tile())
                .contains(new Tile(600, 304));
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheSmallestChangeThatDoes() {
        List<Integer> asked = new ArrayList<>();
        Changes frames = new Changes(100, i -> 100 - i + " frames", i -> {
            asked.add(i);
            return one((100 - i) * 10 * MB);
        });
        Footprint large = new Footprint(
                "101 frames",
                one(1010 * MB).stages(),
                List.of(new Changes(1, i -> "no way", i -> one(9000 * MB)), frames));

        MemoryPlan plan = plan(large, 405);

        assertThat(plan.refusal())
                .contains(
                        "not enough memory for 101 frames: 1.3 GB at the peak, in the stage only, and 685 MB may be used;"
                                + " 35 frames would fit");
        assertThat(asked).hasSizeLessThan(12);
        assertThatThrownBy(plan::required)
                .isInstanceOf(MemoryException.class)
                .hasMessage(plan.refusal().orElseThrow());
    }

    @Test
    void aChangeIsOfferedWithTilesThatFit() {
        Tiling tiling = Tiling.any(640, 320, 8);
        Footprint shorter = new Footprint(
                "25 frames",
                List.of(new Need("decode", coder, tiling, tile -> 100 * MB + area(tile) * 640 * MB / area(640, 320))),
                List.of());
        Footprint large = new Footprint(
                "49 frames", one(1010 * MB).stages(), List.of(new Changes(1, i -> "25 frames", i -> shorter)));

        assertThat(plan(large, 400).refusal().orElseThrow()).endsWith("; 25 frames would fit");
    }

    @Test
    void tilesThatSaveNothingAreNotTaken() {
        Tiling tiling = Tiling.any(640, 320, 8);
        Footprint constant =
                new Footprint("a video", List.of(new Need("decode", coder, tiling, tile -> 500 * MB)), List.of());

        MemoryPlan plan = plan(constant, 100);
        assertThat(plan.refusal()).isPresent();
        assertThat(plan.tile()).isEmpty();
    }

    @Test
    void whatNothingHelpsIsSaidSo() {
        assertThat(plan(cascade(), 100).refusal().orElseThrow())
                .endsWith("380 MB may be used; no smaller video would fit, so let it use more");
    }

    @Test
    void aRequestBesideAnotherSharesItsNetworksAndHasTheRest() {
        Planner planner = planner(OptionalLong.empty());
        free = BASE + 3500 * MB;
        MemoryPlan alone = planner.plan(cascade());
        try (Reservation running = begin(planner, cascade())) {
            free = 0; // taken by the one that runs, and counted

            MemoryPlan beside = planner.plan(cascade());
            assertThat(beside.limit()).isEqualTo(alone.limit() - running.plan().own());
            assertThat(beside.refusal()).isEmpty();
            assertThat(beside.residency("base")).isEqualTo(Residency.KEPT);
            try (Reservation too = begin(planner, cascade())) {
                assertThat(too.plan().own()).isEqualTo(690 * MB);
                assertThatThrownBy(() -> begin(planner, cascade()))
                        .isInstanceOf(MemoryException.class)
                        .hasMessageContaining(" may be used beside the requests that run; ");
            }
        }
        free = BASE + 3000 * MB;
        assertThat(planner.plan(cascade()).limit()).isEqualTo(free);
    }

    /** Requests may reach their peaks together; a network that they share is there once. */
    @Test
    void whatRunningRequestsTakeAddsUp() {
        Planner planner = planner(OptionalLong.empty());
        Reservation one = begin(planner, one(100 * MB));
        Reservation two = begin(planner, using(first, 200));
        Reservation three = begin(planner, using(first, 30));
        assertThat(planner.plan(one(0)).limit()).isEqualTo(free - (150 + 200 + 30 + 1000) * MB);

        two.close();
        assertThat(planner.plan(one(0)).limit()).isEqualTo(free - (150 + 30 + 1000) * MB);
        three.close();
        assertThat(planner.plan(one(0)).limit()).isEqualTo(free - 150 * MB);
        one.close();
        assertThat(planner.plan(one(0)).limit()).isEqualTo(free);
    }

    @Test
    void twoModelsDoNotPlanIntoTheSameMemory() {
        Planner one = planner(OptionalLong.empty());
        Planner other = planner(OptionalLong.empty());
        free = BASE + 2500 * MB;
        try (Reservation running = begin(one, using(first, 400))) {
            assertThat(running.plan().residency("only")).isEqualTo(Residency.KEPT);

            MemoryPlan beside = other.plan(using(second, 400));
            assertThat(beside.limit()).isEqualTo(BASE + (2500 - 1000 - 400) * MB);
            assertThat(beside.residency("only")).isEqualTo(Residency.STREAMED);
        }
        assertThat(other.plan(using(second, 400)).residency("only")).isEqualTo(Residency.KEPT);
    }

    @Test
    void anIdleNetworkGivesWayToAnotherModel() {
        Planner one = planner(OptionalLong.empty());
        Planner other = planner(OptionalLong.empty());
        free = BASE + 1500 * MB;
        try (Reservation running = begin(one, using(first, 400))) {
            load(first);
        }
        free -= 1000 * MB; // it is kept

        assertThat(other.plan(using(second, 400)).limit()).isEqualTo(BASE + 1500 * MB);
        assertThat(first.weights.isLoaded()).isTrue();
        try (Reservation running = begin(other, using(second, 400))) {
            assertThat(running.plan().residency("only")).isEqualTo(Residency.KEPT);
            assertThat(first.weights.isLoaded()).isFalse();
        }
    }

    @Test
    void anIdleNetworkStaysWhereThereIsRoom() {
        Planner one = planner(OptionalLong.empty());
        try (Reservation running = begin(one, using(first, 400))) {
            load(first);
        }
        try (Reservation running = begin(planner(OptionalLong.empty()), using(second, 400))) {
            assertThat(first.weights.isLoaded()).isTrue();
        }
    }

    @Test
    void noMoreIdleNetworksGiveWayThanHaveTo() {
        free = BASE + 2500 * MB;
        for (Big big : List.of(first, second)) {
            try (Reservation running = begin(planner(OptionalLong.empty()), using(big, 10))) {
                load(big);
            }
        }
        free -= 2000 * MB; // they are kept
        Big third = new Big(true);
        try (Reservation running = begin(planner(OptionalLong.empty()), using(third, 10))) {
            assertThat(running.plan().residency("only")).isEqualTo(Residency.KEPT);
            assertThat(first.weights.isLoaded()).isFalse(); // the longest unused
            assertThat(second.weights.isLoaded()).isTrue();
        }
    }

    @Test
    void aNetworkThatIsStreamedDoesNotCountAsWhole() {
        free = BASE + 800 * MB;
        try (Reservation running = begin(planner(OptionalLong.empty()), using(first, 300))) {
            assertThat(running.plan().residency("only")).isEqualTo(Residency.STREAMED);
            long own = running.plan().own();
            assertThat(planner(OptionalLong.empty()).plan(using(second, 10)).limit())
                    .isEqualTo(free - own);
        }
    }

    @Test
    void networksThatAreNotKeptLeaveAfterTheirStage() {
        Big once = new Big(false);
        try (Reservation running = begin(planner(OptionalLong.empty()), using(once, 400))) {
            assertThat(running.plan().residency("only")).isEqualTo(Residency.RESIDENT);
            load(once);
            running.stageEnded();
            assertThat(once.weights.isLoaded()).isFalse();
        }
    }

    @Test
    void aPreparedPlanIsKeptToWhileItFits() {
        Planner planner = planner(OptionalLong.empty());
        free = BASE + 1200 * MB;
        MemoryPlan prepared = planner.plan(using(first, 400));
        assertThat(prepared.residency("only")).isEqualTo(Residency.STREAMED);
        free = BASE + 5000 * MB;
        try (Reservation running = planner.begin(using(first, 400), prepared)) {
            assertThat(running.plan()).isSameAs(prepared);
        }
        free = BASE + 450 * MB;
        assertThatThrownBy(() -> planner.begin(using(first, 400), prepared)).isInstanceOf(MemoryException.class);
    }

    @Test
    void aLimitCountsAllThatRuns() {
        Planner planner = planner(OptionalLong.of(BASE + 1600 * MB));
        free = 0;
        try (Reservation running = begin(planner, using(first, 400))) {
            assertThat(planner.plan(using(first, 300)).limit()).isEqualTo(BASE + 1200 * MB);
            assertThat(planner.plan(using(second, 100)).limit()).isEqualTo(BASE + 200 * MB);
        }
    }

    private List<Residency> ways(long limit) {
        MemoryPlan plan = plan(cascade(), limit);
        assertThat(plan.refusal()).isEmpty();
        return List.of(plan.residency("base"), plan.residency("up"));
    }

    /** A text encoder, two networks that follow one another, and pictures that are made whole or in tiles. */
    private Footprint cascade() {
        Tiling tiling = Tiling.any(640, 320, 8);
        return new Footprint(
                "a video",
                List.of(
                        Need.of("text", text, () -> 10 * MB),
                        Need.of("base", first.network, () -> 150 * MB),
                        Need.of("up", second.network, () -> 400 * MB),
                        new Need("decode", coder, tiling, tile -> area(tile) * 640 * MB / area(640, 320))),
                List.of());
    }

    private static long area(Tile tile) {
        return area(Math.min(640, tile.width()), Math.min(320, tile.height()));
    }

    private static long area(long width, long height) {
        return width * height;
    }

    private Footprint one(long work) {
        return new Footprint("a video", List.of(Need.of("only", coder, () -> work)), List.of());
    }

    private static Footprint using(Big big, long work) {
        return new Footprint("a video", List.of(Need.of("only", big.network, () -> work * MB)), List.of());
    }

    private static void load(Big big) {
        assertThat(Optional.of(big.weights.use(weights -> weights))).contains("weights");
    }

    private MemoryPlan plan(Footprint request, long megabytes) {
        return planner(OptionalLong.of(BASE + megabytes * MB)).plan(request);
    }

    private static Reservation begin(Planner planner, Footprint request) {
        return planner.begin(request, planner.plan(request));
    }

    private Planner planner(OptionalLong most) {
        return new Planner(budget, Precision.FP32, most);
    }
}
