package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import kinema.cogvideox.CogVideoXFootprint.Networks;
import kinema.cogvideox.Workload.Kept;
import kinema.cogvideox.transformer.TransformerFootprint;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Changes;
import kinema.memory.MemoryPlan;
import kinema.memory.Network;
import kinema.memory.Planner;
import kinema.memory.StageMemory;
import kinema.memory.Tile;
import kinema.system.ConditionType;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.testing.Golden;
import kinema.weights.WeightTally;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What requests to a small model take, stage by stage. */
class CogVideoXFootprintTest {
    @TempDir
    private static Path folder;

    private static CogVideoXRules rules;
    private static CogVideoXFootprint footprint;

    @BeforeAll
    static void aModel() {
        rules = CogVideoXRules.of(Golden.model("t2v-2b", folder));
        Network any = Network.ofEachUse(new WeightTally(1, 1, 0), Residency.RESIDENT);
        footprint = new CogVideoXFootprint(
                rules,
                new Networks(any, any, any, any, Optional.empty()),
                texts -> 1000L * texts,
                new TransformerFootprint(rules.transformer(), ScalarType.Float),
                ScalarType.Float);
    }

    @Test
    void picturesTakeAStageOfTheirOwn() {
        assertThat(plan(work(96, 64, 17)).stages())
                .extracting(StageMemory::stage)
                .containsExactly("text", "denoise", "decode");
        for (ConditionType type : ConditionType.values()) {
            assertThat(plan(with(type)).stages())
                    .extracting(StageMemory::stage)
                    .containsExactly("text", "encode", "denoise", "decode");
        }
        assertThat(bytes(with(ConditionType.IMAGE), "encode")).isLessThan(bytes(with(ConditionType.CONTROL), "encode"));
    }

    @Test
    void decodingDoesNotGrowWithTheFrames() {
        assertThat(bytes(work(96, 64, 161), "decode")).isEqualTo(bytes(work(96, 64, 25), "decode"));
        assertThat(bytes(work(96, 64, 161), "denoise")).isGreaterThan(2 * bytes(work(96, 64, 25), "denoise"));
    }

    @Test
    void inTilesDecodingGrowsByTheVideoAndTheFramesThatAreHandedOver() {
        Tile tile = new Tile(48, 32);
        long more = bytes(tiled(192, 128, 17, tile), "decode") - bytes(tiled(96, 64, 17, tile), "decode");
        long video = 3L * Float.BYTES * 17 * (192 * 128 - 96 * 64);

        assertThat(more).isBetween(video, 4 * video);
    }

    @Test
    void whatTheCallerCollectsIsCounted() {
        long numbers = 3L * 17 * 96 * 64;
        long channels = rules.vae().latentChannels();
        long text = rules.transformer().maxTextLength() * rules.transformer().textEmbedDim();
        long states = Float.BYTES * (text + 50 * 5 * channels * 12 * 8);

        assertThat(more(new Results(0, true), "denoise")).isZero();
        assertThat(more(new Results(0, true), "decode")).isEqualTo(numbers);
        assertThat(more(new Results(50, false), "denoise")).isEqualTo(states);
        assertThat(more(new Results(50, false), "decode")).isEqualTo(states + Float.BYTES * numbers);
    }

    @Test
    void whatIsKeptOfComputedStepsIsCounted() {
        long latents = Float.BYTES * rules.vae().latentChannels() * 5 * 12 * 8;
        long residual = Float.BYTES * 2L * (5 * 6 * 4) * rules.transformer().width();
        long nothing = bytes(work(96, 64, 17), "denoise");

        assertThat(bytes(work(96, 64, 17).withKept(Kept.VELOCITIES), "denoise") - nothing)
                .isEqualTo(2 * latents);
        assertThat(bytes(work(96, 64, 17).withKept(Kept.RESIDUAL), "denoise") - nothing)
                .as("the residual of the step before, and the tokens that this step's is taken from")
                .isEqualTo(2 * latents + 2 * residual);
        assertThat(bytes(work(96, 64, 17).withKept(Kept.RESIDUAL), "decode"))
                .isEqualTo(bytes(work(96, 64, 17).withKept(Kept.VELOCITIES), "decode"));
    }

    @Test
    void withoutGuidanceThereIsOneSampleAndOneText() {
        Workload plain = new Workload(
                96, 64, 17, false, false, Optional.empty(), Optional.empty(), Results.NOTHING, Kept.NOTHING, false);

        assertThat(bytes(work(96, 64, 17), "text") - bytes(plain, "text")).isEqualTo(1000);
        assertThat(bytes(plain, "denoise")).isLessThan(bytes(work(96, 64, 17), "denoise"));
    }

    @Test
    void aTileThatIsAskedForStays() {
        Tile tile = new Tile(48, 32);
        assertThat(plan(tiled(96, 64, 17, tile)).tile()).contains(tile);
        assertThatThrownBy(() -> footprint.of(tiled(96, 64, 17, new Tile(50, 48))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a tile's width must be a multiple of 8 and at least 16, found 50; nearest: 48");
    }

    @Test
    void smallerRequestsAreTilesThenFramesThenSizes() {
        Footprint request = footprint.of(tiled(160, 96, 25, Tile.WHOLE));

        assertThat(request.request()).isEqualTo("25 frames of 160x96");
        assertThat(words(request, 0)).containsExactly("pictures coded in smaller tiles (tile auto)");
        assertThat(words(request, 1)).containsExactly("17 frames", "9 frames", "1 frame");
        assertThat(words(request, 2))
                .startsWith("a size of 128x80", "a size of 112x64")
                .hasSize(7);
        assertThat(request.smaller().get(1).footprint().apply(2).request()).isEqualTo("1 frame of 160x96");
        assertThat(footprint.of(work(96, 64, 1)).smaller().get(1).count()).isZero();
    }

    private static List<String> words(Footprint request, int kind) {
        Changes changes = request.smaller().get(kind);
        return IntStream.range(0, changes.count())
                .mapToObj(i -> changes.words().apply(i))
                .toList();
    }

    private static long more(Results held, String stage) {
        Workload w =
                new Workload(96, 64, 17, false, true, Optional.empty(), Optional.empty(), held, Kept.NOTHING, false);
        return bytes(w, stage) - bytes(work(96, 64, 17), stage);
    }

    private static long bytes(Workload w, String stage) {
        return plan(w).stage(stage).work();
    }

    private static MemoryPlan plan(Workload w) {
        return new Planner(Budget.of(Device.CPU), Precision.FP32, OptionalLong.of(Long.MAX_VALUE))
                .plan(footprint.of(w));
    }

    private static Workload work(int width, int height, int frames) {
        return new Workload(
                width,
                height,
                frames,
                false,
                true,
                Optional.empty(),
                Optional.empty(),
                Results.NOTHING,
                Kept.NOTHING,
                false);
    }

    private static Workload tiled(int width, int height, int frames, Tile tile) {
        return new Workload(
                width,
                height,
                frames,
                false,
                true,
                Optional.empty(),
                Optional.of(tile),
                Results.NOTHING,
                Kept.NOTHING,
                false);
    }

    private static Workload with(ConditionType type) {
        return new Workload(
                96, 64, 17, false, true, Optional.of(type), Optional.empty(), Results.NOTHING, Kept.NOTHING, false);
    }
}
