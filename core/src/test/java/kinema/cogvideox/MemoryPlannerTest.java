package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import kinema.cogvideox.MemoryPlanner.Networks;
import kinema.cogvideox.RunningPlans.Taken;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.cogvideox.vae.VaeDecoder;
import kinema.cogvideox.vae.VaeEncoder;
import kinema.diffusion.MemoryException;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.Phase;
import kinema.diffusion.PhaseMemory;
import kinema.diffusion.Tile;
import kinema.system.ConditionType;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.tensor.Dtypes;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.weights.WeightTally;
import org.junit.jupiter.api.Test;

/** What the plan of published models says of requests of different sizes. */
class MemoryPlannerTest {
    private static final long GB = 1_000_000_000;
    private static final VaeConfig VAE = VaeConfig.COGVIDEOX_2B;
    private static final TransformerConfig SMALL = TransformerConfig.COGVIDEOX_2B;
    private static final TransformerConfig LARGE = TransformerConfig.COGVIDEOX_5B;
    private static final Workload LITTLE = work(256, 256, 17);
    private static final Workload OWN_SIZE = work(720, 480, 49);

    @Test
    void withEnoughMemoryEverythingIsThereAtOnce() {
        MemoryPlan plan = plan(SMALL, LITTLE, Precision.FP32, 64 * GB);

        assertThat(plan.residency()).isEqualTo(Residency.RESIDENT);
        assertThat(plan.tile()).isEmpty();
        assertThat(plan.refusal()).isEmpty();
        assertThat(plan.phases())
                .extracting(PhaseMemory::phase)
                .containsExactly(Phase.TEXT, Phase.DENOISE, Phase.DECODE);
        assertThat(of(plan, Phase.DENOISE).weights()).isEqualTo(4 * (1_693_783_872L + 1920 * 7680));
        assertThat(plan.peak()).isEqualTo(plan.base() + of(plan, Phase.DENOISE).bytes());
    }

    @Test
    void withLittleMemoryBlocksAreStreamed() {
        for (TransformerConfig model : List.of(SMALL, LARGE)) {
            MemoryPlan plan = plan(model, LITTLE, Precision.FP32, 6 * GB);

            assertThat(plan.residency()).isEqualTo(Residency.STREAMED);
            assertThat(plan.peak()).isLessThanOrEqualTo(6 * GB);
            assertThat(of(plan, Phase.DENOISE).weights()).isLessThan(4 * GB / 5);
        }
    }

    @Test
    void aStepNeedsThirteenTensorsOfASampleAndTwoOfTheOther() {
        long sample = (226L + 5 * 16 * 16) * 1920 * Float.BYTES;
        long table = (226L + 5 * 16 * 16) * 1920 * Float.BYTES;

        assertThat(of(plan(SMALL, LITTLE, Precision.FP32, 64 * GB), Phase.DENOISE)
                        .activations())
                .isEqualTo(13 * sample + 2 * sample + table);
        Workload plain = new Workload(256, 256, 17, false, false, Optional.empty(), Optional.empty(), Held.NOTHING);
        assertThat(of(plan(SMALL, plain, Precision.FP32, 64 * GB), Phase.DENOISE)
                        .activations())
                .isEqualTo(13 * sample + table);
    }

    @Test
    void sixteenBitsHalveTheActivations() {
        long wide =
                of(plan(SMALL, LITTLE, Precision.FP32, 64 * GB), Phase.DENOISE).activations();
        long narrow =
                of(plan(SMALL, LITTLE, Precision.FP16, 64 * GB), Phase.DENOISE).activations();
        long table = (226L + 5 * 16 * 16) * 1920 * Float.BYTES;

        assertThat(2 * (narrow - table)).isEqualTo(wide - table);
    }

    @Test
    void decodingDoesNotGrowWithTheFrames() {
        long few = of(plan(SMALL, work(256, 256, 25), Precision.FP32, 64 * GB), Phase.DECODE)
                .bytes();
        long many = of(plan(SMALL, work(256, 256, 161), Precision.FP32, 64 * GB), Phase.DECODE)
                .bytes();

        assertThat(many).isEqualTo(few);
    }

    @Test
    void inTilesDecodingGrowsByTheOutputAlone() {
        Tile tile = new Tile(240, 160);
        long one = of(plan(SMALL, tiled(480, 320, 17, tile), Precision.FP32, 64 * GB), Phase.DECODE)
                .bytes();
        long four = of(plan(SMALL, tiled(960, 640, 17, tile), Precision.FP32, 64 * GB), Phase.DECODE)
                .bytes();
        long output = 3L * Float.BYTES * 17 * (960 * 640 - 480 * 320);

        assertThat(four - one).isBetween(output, output + output / 2);
    }

    @Test
    void betweenRequestsTheTransformerIsKeptWhereItFitsBesideTheOtherNetworks() {
        MemoryPlan once = plan(SMALL, LITTLE, Precision.FP32, 64 * GB);
        MemoryPlan kept = planner(64 * GB).plan(LITTLE, Taken.NOTHING, false);

        assertThat(kept.residency()).isEqualTo(Residency.KEPT);
        assertThat(of(kept, Phase.DENOISE)).isEqualTo(of(once, Phase.DENOISE));
        for (Phase phase : List.of(Phase.TEXT, Phase.DECODE)) {
            assertThat(of(kept, phase).bytes() - of(once, phase).bytes()).isEqualTo(4 * 1_693_783_872L);
        }
        assertThat(planner(kept.peak()).plan(LITTLE, Taken.NOTHING, true).residency())
                .isEqualTo(Residency.KEPT);
        assertThat(planner(kept.peak() - 1).plan(LITTLE, Taken.NOTHING, true).residency())
                .isEqualTo(Residency.RESIDENT);
    }

    @Test
    void aRequestBesideOthersSharesTheTransformerAndHasTheRestOfTheMemory() {
        Workload whole = tiled(256, 256, 17, Tile.WHOLE);
        MemoryPlan alone = planner(64 * GB).plan(whole, Taken.NOTHING, false);
        long both = alone.peak() + alone.own();
        RunningPlans running = new RunningPlans();
        MemoryPlan first = running.begin(taken -> planner(both).plan(whole, taken, false));

        MemoryPlan second = planner(both).plan(whole, running.taken(), true);
        assertThat(second.residency()).isEqualTo(Residency.KEPT);
        assertThat(second.peak()).isEqualTo(alone.peak()).isEqualTo(second.limit());
        // What the first has taken is free no longer, but it is counted already.
        assertThat(planner(both - alone.own()).plan(whole, running.taken(), true))
                .isEqualTo(second);

        running.end(first);
        assertThat(running.taken()).isEqualTo(Taken.NOTHING);
        running.begin(taken -> planner(both - 1).plan(whole, taken, false));
        assertThatThrownBy(() -> running.begin(taken -> planner(both - 1).plan(whole, taken, true)))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining(" may be used beside the requests that run; ");
    }

    @Test
    void besideAStreamedRequestThereIsNoTransformerToShare() {
        MemoryPlan streamed = planner(6 * GB).plan(LITTLE, Taken.NOTHING, false);
        RunningPlans running = new RunningPlans();
        running.begin(taken -> streamed);

        long own = streamed.peak() - streamed.base();
        assertThat(running.taken()).isEqualTo(new Taken(own, false, OptionalLong.of(6 * GB)));
        Taken roomy = new Taken(own, false, OptionalLong.of(11 * GB));
        assertThat(planner(6 * GB).plan(LITTLE, roomy, false).residency()).isEqualTo(Residency.RESIDENT);
    }

    @Test
    void whatTheCallerKeepsIsCounted() {
        long numbers = 3L * 17 * 256 * 256;
        long states = Float.BYTES * (226 * 4096 + 50 * 5 * 16 * 32 * 32);

        assertThat(more(new Held(0, true), Phase.DENOISE)).isZero();
        assertThat(more(new Held(0, true), Phase.DECODE)).isEqualTo(numbers);
        assertThat(more(new Held(50, false), Phase.DENOISE)).isEqualTo(states);
        assertThat(more(new Held(50, false), Phase.DECODE)).isEqualTo(states + Float.BYTES * numbers);
    }

    @Test
    void picturesAreCutIntoTheLargestTilesThatFit() {
        MemoryPlan roomy = plan(SMALL, OWN_SIZE, Precision.FP32, 64 * GB);
        assertThat(roomy.tile()).isEmpty();

        MemoryPlan tight = plan(SMALL, OWN_SIZE, Precision.FP32, 10 * GB);
        assertThat(tight.tile()).isPresent();
        assertThat(tight.peak()).isLessThanOrEqualTo(10 * GB);

        MemoryPlan tighter = plan(SMALL, OWN_SIZE, Precision.FP32, 6 * GB);
        assertThat(tighter.tile().orElseThrow().width())
                .isLessThan(tight.tile().orElseThrow().width());
    }

    @Test
    void aTileThatIsAskedForStays() {
        Tile tile = new Tile(360, 240);
        assertThat(plan(SMALL, tiled(720, 480, 49, tile), Precision.FP32, 64 * GB)
                        .tile())
                .contains(tile);
        assertThatThrownBy(() -> plan(SMALL, tiled(720, 480, 49, new Tile(100, 48)), Precision.FP32, 64 * GB))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a tile's width must be a multiple of 8 and at least 16, found 100; nearest: 104");
    }

    @Test
    void picturesTakeAPhaseOfTheirOwn() {
        for (ConditionType type : ConditionType.values()) {
            Workload w = new Workload(256, 256, 17, false, true, Optional.of(type), Optional.empty(), Held.NOTHING);
            assertThat(plan(SMALL, w, Precision.FP32, 64 * GB).phases())
                    .extracting(PhaseMemory::phase)
                    .containsExactly(Phase.TEXT, Phase.ENCODE, Phase.DENOISE, Phase.DECODE);
        }
        assertThat(encode(ConditionType.IMAGE)).isLessThan(encode(ConditionType.CONTROL));
    }

    @Test
    void wholePicturesThatDoNotFitAreRefusedForTiles() {
        MemoryPlan plan = plan(SMALL, tiled(720, 480, 49, Tile.WHOLE), Precision.FP32, 8 * GB);

        assertThat(plan.refusal().orElseThrow())
                .startsWith("not enough memory: 49 frames of 720x480 need ")
                .contains(" at the peak, in the phase decode, and 8.0 GB may be used; ")
                .endsWith("pictures coded in smaller tiles (tile auto) would fit");
        assertThatThrownBy(plan::required).isInstanceOf(MemoryException.class);
    }

    @Test
    void fewerFramesAreTheNextAdvice() {
        long limit = plan(LARGE, work(720, 480, 33), Precision.FP32, 3 * GB).peak();

        assertThat(plan(LARGE, OWN_SIZE, Precision.FP32, limit).refusal().orElseThrow())
                .contains("in the phase denoise")
                .endsWith("; 33 frames would fit");
    }

    @Test
    void oneFrameIsNotSeveral() {
        long limit = plan(LARGE, work(720, 480, 1), Precision.FP32, 1).peak();

        assertThat(plan(LARGE, OWN_SIZE, Precision.FP32, limit).refusal().orElseThrow())
                .endsWith("; 1 frame would fit");
    }

    @Test
    void thenASmallerSize() {
        long limit = plan(LARGE, work(1360, 768, 1), Precision.FP32, 1).peak() - 1;

        assertThat(plan(LARGE, work(1360, 768, 1), Precision.FP32, limit)
                        .refusal()
                        .orElseThrow())
                .matches("not enough memory: 1 frame of 1360x768 needs .*; a size of \\d+x\\d+ would fit");
    }

    @Test
    void whatNothingHelpsIsSaidSo() {
        assertThat(plan(LARGE, OWN_SIZE, Precision.FP32, GB / 2).refusal().orElseThrow())
                .endsWith("500 MB may be used; no smaller video would fit, so let it use more");
    }

    @Test
    void modelsTrainedInBfloat16RefuseFloat16() {
        for (TransformerConfig model : List.of(
                LARGE,
                TransformerConfig.COGVIDEOX_5B_I2V,
                TransformerConfig.COGVIDEOX_1_5_5B,
                TransformerConfig.COGVIDEOX_1_5_5B_I2V)) {
            assertThatThrownBy(() -> plan(model, work(720, 480, 17), Precision.FP16, 64 * GB))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("this model cannot compute in fp16: ")
                    .hasMessageEndingWith("use bf16 or fp32");
        }
    }

    /** What a phase takes more because of what is kept. */
    private static long more(Held held, Phase phase) {
        Workload w = new Workload(256, 256, 17, false, true, Optional.empty(), Optional.empty(), held);
        return of(plan(SMALL, w, Precision.FP32, 64 * GB), phase).bytes()
                - of(plan(SMALL, LITTLE, Precision.FP32, 64 * GB), phase).bytes();
    }

    private static long encode(ConditionType type) {
        Workload w = new Workload(256, 256, 17, false, true, Optional.of(type), Optional.empty(), Held.NOTHING);
        return of(plan(SMALL, w, Precision.FP32, 64 * GB), Phase.ENCODE).activations();
    }

    private static PhaseMemory of(MemoryPlan plan, Phase phase) {
        return plan.phases().stream()
                .filter(p -> p.phase() == phase)
                .findFirst()
                .orElseThrow();
    }

    private static Workload work(int width, int height, int frames) {
        return new Workload(width, height, frames, false, true, Optional.empty(), Optional.empty(), Held.NOTHING);
    }

    private static Workload tiled(int width, int height, int frames, Tile tile) {
        return new Workload(width, height, frames, false, true, Optional.empty(), Optional.of(tile), Held.NOTHING);
    }

    private static MemoryPlan plan(TransformerConfig c, Workload w, Precision precision, long limit) {
        OpenOptions loading = new OpenOptions(List.of(), precision, Device.CPU, OptionalLong.of(limit), false);
        return planner(c, loading).plan(w, Taken.NOTHING, false);
    }

    /** A planner for several requests. */
    private static MemoryPlanner planner(long limit) {
        return planner(SMALL, new OpenOptions(List.of(), Precision.FP32, Device.CPU, OptionalLong.of(limit), true));
    }

    private static MemoryPlanner planner(TransformerConfig c, OpenOptions loading) {
        Precision precision = loading.precision();
        long element = Dtypes.bytes(precision.dtype());
        Networks networks = new Networks(
                new PhaseMemory(Phase.TEXT, 800_000_000, 60_000_000),
                WeightTally.of(n -> new ExpertTransformer(n, c), leaf -> element * leaf.count()),
                WeightTally.of(n -> new VaeEncoder(n, VAE), leaf -> 4 * leaf.count()),
                WeightTally.of(n -> new VaeDecoder(n, VAE), leaf -> 4 * leaf.count()));
        return new MemoryPlanner(c, VAE, networks, loading);
    }
}
