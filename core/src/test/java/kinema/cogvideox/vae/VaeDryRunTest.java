package kinema.cogvideox.vae;

import static kinema.testing.DryRuns.assertSamePeak;
import static kinema.testing.DryRuns.assertSameTraining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.Optional;
import kinema.memory.Meter;
import kinema.memory.Tile;
import kinema.nn.Pixels;
import kinema.testing.DryRuns.Maker;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What coding takes is found without computing. */
class VaeDryRunTest {
    private static final VaeConfig CONFIG = VaeConfig.tiny();
    private static final long SLAB = 20_000; // bytes: several slabs to a chunk

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 4", "2, 4, 4", "3, 4, 4", "4, 6, 9", "5, 4, 6", "7, 5, 5"})
    void decoding(long frames, long rows, long columns) {
        for (long slab : new long[] {1, SLAB, Vae.SLAB_BYTES}) {
            assertSamePeak(
                    w -> new Vae(w, CONFIG, slab),
                    ScalarType.Float,
                    (vae, maker) -> decode(vae, maker, frames, rows, columns));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 4", "8, 4, 4", "9, 6, 4", "17, 4, 6", "24, 5, 5"})
    void encoding(long frames, long rows, long columns) {
        for (long slab : new long[] {1, SLAB, Vae.SLAB_BYTES}) {
            assertSamePeak(
                    w -> new Vae(w, CONFIG, slab),
                    ScalarType.Float,
                    (vae, maker) -> encode(vae, maker, frames, rows, columns));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 32, 32", "9, 16, 32", "17, 32, 24"})
    void training(long frames, long height, long width) {
        for (boolean whole : new boolean[] {true, false}) {
            assertSameTraining(w -> whole ? Vae.whole(w, CONFIG) : new Vae(w, CONFIG), (vae, maker) -> {
                Tensor video = maker.make(ScalarType.Float, 2, 3, frames, height, width);
                return vae.decode(vae.encode(video).mean()).sub(video).square().mean();
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 8, 8, 32, 32", "4, 6, 9, 32, 48", "1, 9, 5, 16, 40"})
    void inTiles(long frames, long rows, long columns, int width, int height) {
        Optional<Tile> tile = Optional.of(new Tile(width, height));
        assertSamePeak(
                w -> new Vae(w, CONFIG, SLAB),
                ScalarType.Float,
                (vae, maker) -> decode(LatentCodec.of(vae, tile), maker, frames, rows, columns));
        assertSamePeak(
                w -> new Vae(w, CONFIG, SLAB),
                ScalarType.Float,
                (vae, maker) -> encode(LatentCodec.of(vae, tile), maker, 4 * frames, rows, columns));
    }

    @ParameterizedTest
    @CsvSource({"5, 4, 4", "4, 6, 4"})
    void inSixteenBits(long frames, long rows, long columns) {
        assertSamePeak(
                w -> new Vae(w, CONFIG, SLAB),
                ScalarType.BFloat16,
                (vae, maker) -> decode(vae, maker, frames, rows, columns));
        assertSamePeak(
                w -> new Vae(w, CONFIG, SLAB),
                ScalarType.BFloat16,
                (vae, maker) -> encode(vae, maker, 4 * frames, rows, columns));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 6, 7, 8, 13, 22})
    void aVideoTakesWhatItsThreeChunksTake(long frames) {
        VaeFootprint footprint = new VaeFootprint(CONFIG, ScalarType.Float);

        long all = Meter.dryRun(
                w -> new Vae(w, CONFIG), ScalarType.Float, vae -> decode(vae, new Maker(true), frames, 4, 6));
        long more = bytes(frames - VaeFootprint.few(frames, Vae.DECODE_CHUNK)); // latents that were left out
        assertThat(footprint.decode(frames, 4, 6, Tile.WHOLE)).isEqualTo(all - more);

        long encoding = Meter.dryRun(
                w -> new Vae(w, CONFIG), ScalarType.Float, vae -> encode(vae, new Maker(true), 4 * frames, 4, 6));
        assertThat(footprint.encode(4 * frames, 4, 6, Tile.WHOLE)).isCloseTo(encoding, withinPercentage(2));
    }

    @ParameterizedTest
    @CsvSource({"5, 16, 16, 64, 64", "8, 12, 18, 64, 96", "13, 12, 12, 48, 64"})
    void tilesTakeWhatTheFirstOfThemTakesBesideTheWhole(long frames, long rows, long columns, int width, int height) {
        VaeFootprint footprint = new VaeFootprint(CONFIG, ScalarType.Float);
        Tile tile = new Tile(width, height);

        long decoding = Meter.dryRun(
                w -> new Vae(w, CONFIG),
                ScalarType.Float,
                vae -> decode(LatentCodec.of(vae, Optional.of(tile)), new Maker(true), frames, rows, columns));
        assertThat(footprint.decode(frames, rows, columns, tile)).isCloseTo(decoding, withinPercentage(12));

        long encoding = Meter.dryRun(
                w -> new Vae(w, CONFIG),
                ScalarType.Float,
                vae -> encode(LatentCodec.of(vae, Optional.of(tile)), new Maker(true), 4 * frames, rows, columns));
        assertThat(footprint.encode(4 * frames, rows, columns, tile)).isCloseTo(encoding, withinPercentage(12));
    }

    private static void decode(LatentCodec codec, Maker maker, long frames, long rows, long columns) {
        codec.decode(maker.make(ScalarType.Float, 1, CONFIG.latentChannels(), frames, rows, columns), chunk -> {
            var unused = Pixels.fromNetwork(chunk);
        });
    }

    private static void encode(LatentCodec codec, Maker maker, long frames, long rows, long columns) {
        long unit = CONFIG.spatialCompression();
        var unused =
                codec.encode(Pixels.toNetwork(maker.make(ScalarType.Byte, frames, unit * rows, unit * columns, 3)));
    }

    /** Of so many frames of latents of 4 rows and 6 columns. */
    private static long bytes(long frames) {
        return Float.BYTES * CONFIG.latentChannels() * frames * 4 * 6;
    }
}
