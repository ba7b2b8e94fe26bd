package kinema.cogvideox.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kinema.memory.Tile;
import kinema.nn.Posterior;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Coding in tiles; decoding against the reference is in {@link kinema.CogVideoXParityTest}. */
class TiledVaeTest {
    private static final double TOLERANCE = 1e-4;

    private static NoGradGuard guard;
    private static Rng rng;
    private static Parameters parameters;
    private static Vae vae;

    @BeforeAll
    static void make() {
        guard = new NoGradGuard();
        rng = new Rng(1);
        parameters = Parameters.init(w -> new Vae(w, VaeConfig.tiny()), rng);
        vae = new Vae(new Weights(parameters), VaeConfig.tiny());
    }

    @AfterAll
    static void free() {
        parameters.close();
        rng.close();
        guard.close();
    }

    @Test
    void encodesAsTheReference(TestReporter reporter) {
        Path folder = Golden.folder("tiled-5b");
        VaeConfig config = VaeConfig.read(folder.resolve("model/vae/config.json"));
        try (Checkpoint file = Checkpoint.open(folder.resolve("model/vae"), ScalarType.Float);
                Safetensors inputs = Safetensors.open(folder.resolve("inputs.safetensors"));
                Safetensors moments = Safetensors.open(folder.resolve("vae.safetensors"))) {
            TiledVae tiled =
                    new TiledVae(file.load(w -> new Vae(w, config)), TiledVae.Layout.of(new Tile(80, 48), config));
            Scopes.run(() -> {
                Tensor video = inputs.tensor("video")
                        .permute(3, 0, 1, 2)
                        .unsqueeze(0)
                        .mul(new Scalar(2.0))
                        .sub(new Scalar(1.0)); // (1, 3, T, H, W)
                Posterior posterior = tiled.encode(video);
                Golden.Difference mean = Golden.difference(posterior.mean(), moments.tensor("mean"));
                Golden.Difference variance = Golden.difference(posterior.logVariance(), moments.tensor("logvar"));
                reporter.publishEntry(Map.of("mean", mean.toString(), "log-variance", variance.toString()));
                assertThat(mean.worst()).as("mean: %s", mean).isLessThan(TOLERANCE);
                assertThat(variance.worst()).as("log-variance: %s", variance).isLessThan(TOLERANCE);
            });
        }
    }

    @Test
    void aTileAsLargeAsThePictureChangesNothing() {
        Scopes.run(() -> {
            TiledVae tiled = new TiledVae(vae, TiledVae.Layout.of(new Tile(8 * 6, 8 * 5), vae.config()));
            Tensor z = rng.randn(1, 4, 3, 4, 4);
            assertThat(Tensors.floats(whole(tiled, z))).containsExactly(Tensors.floats(vae.decode(z)));
            Tensor video = rng.randn(1, 3, 5, 32, 32);
            assertThat(Tensors.floats(tiled.encode(video).mean()))
                    .containsExactly(Tensors.floats(vae.encode(video).mean()));
        });
    }

    @ParameterizedTest
    @CsvSource({"16,16", "24,16", "16,40", "32,24", "56,64", "80,48"})
    void tilesMeetWhateverTheirSize(int width, int height) {
        TiledVae tiled = new TiledVae(vae, TiledVae.Layout.of(new Tile(width, height), vae.config()));
        for (long rows = 1; rows < 10; rows += 4) {
            for (long columns = 2; columns < 13; columns += 5) {
                long h = rows, w = columns;
                Scopes.run(() -> {
                    Tensor video = whole(tiled, rng.randn(1, 4, 1, h, w));
                    assertThat(video.shape()).containsExactly(1, 3, 1, 8 * h, 8 * w);
                    assertThat(tiled.encode(video).mean().shape()).containsExactly(1, 4, 1, h, w);
                });
            }
        }
    }

    @Test
    void thePartThatNoOtherTileTouchesIsTheTilesOwn() {
        Scopes.run(() -> {
            Tensor z = rng.randn(1, 4, 1, 5, 20);
            TiledVae tiled = new TiledVae(vae, TiledVae.Layout.of(new Tile(80, 48), vae.config()));
            Tensor all = whole(tiled, z); // tiles of 10 columns, each 8 after the last
            Tensor first = vae.decode(z.narrow(4, 0, 10)).narrow(4, 0, 64);
            assertThat(Golden.difference(all.narrow(4, 0, 64), first).max()).isZero();
            Tensor second = vae.decode(z.narrow(4, 8, 10)).narrow(4, 16, 48);
            assertThat(Golden.difference(all.narrow(4, 80, 48), second).max()).isZero();
        });
    }

    @Test
    void aDecodingLeavesNoNativeMemory() {
        TiledVae tiled = new TiledVae(vae, TiledVae.Layout.of(new Tile(16, 16), vae.config()));
        Scopes.run(() -> whole(tiled, rng.randn(1, 4, 1, 3, 3)));
        long before = LivePointers.settled();
        Scopes.run(() -> whole(tiled, rng.randn(1, 4, 1, 3, 3)));
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @Test
    void tilesThatCannotBeCutAreNamedWithTheNearest() {
        assertThatThrownBy(() -> new TiledVae(vae, TiledVae.Layout.of(new Tile(100, 48), vae.config())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a tile's width must be a multiple of 8 and at least 16, found 100; nearest: 104");
        assertThatThrownBy(() -> new TiledVae(vae, TiledVae.Layout.of(new Tile(80, 8), vae.config())))
                .hasMessage("a tile's height must be a multiple of 8 and at least 16, found 8; nearest: 16");
        assertThatThrownBy(() -> new Tile(0, 8)).hasMessage("a tile must have at least one pixel, found 0x8");
    }

    @Test
    void framesComeInChunksAndAreThoseOfOnePiece() {
        Scopes.run(() -> {
            Tensor z = rng.randn(1, 4, 7, 2, 2);
            List<Long> lengths = new ArrayList<>();
            vae.decode(z, chunk -> lengths.add(chunk.size(2)));
            assertThat(lengths).containsExactly(9L, 8L, 8L);
            assertThat(Tensors.floats(whole(vae, z))).containsExactly(Tensors.floats(vae.decode(z)));
        });
    }

    @Test
    void aVideoIsReadAsItIsEncodedUnlessItIsCutIntoTiles() {
        Scopes.run(() -> {
            Tensor video = rng.randn(1, 3, 17, 16, 8);
            TiledVae tiled = new TiledVae(vae, TiledVae.Layout.of(new Tile(16, 16), vae.config()));
            assertThat(lengthsRead(vae, video)).containsExactly(9L, 8L);
            assertThat(lengthsRead(tiled, video)).containsExactly(17L);
        });
    }

    /** How many frames are read at a time; what comes of them is that of the whole video. */
    private static List<Long> lengthsRead(LatentCodec codec, Tensor video) {
        List<Long> lengths = new ArrayList<>();
        Posterior streamed = codec.encode(video.size(2), n -> {
            long start = lengths.stream().mapToLong(Long::longValue).sum();
            lengths.add(n);
            return video.narrow(2, start, n).clone();
        });
        Posterior whole = codec.encode(video);
        assertThat(Tensors.floats(streamed.mean())).containsExactly(Tensors.floats(whole.mean()));
        assertThat(Tensors.floats(streamed.logVariance())).containsExactly(Tensors.floats(whole.logVariance()));
        return lengths;
    }

    private static Tensor whole(LatentCodec codec, Tensor z) {
        List<Tensor> chunks = new ArrayList<>();
        codec.decode(z, chunk -> chunks.add(Scopes.own(Scopes.keep(() -> chunk.clone()))));
        Tensor whole = Tensors.cat(2, chunks.toArray(Tensor[]::new));
        chunks.forEach(Scopes::free);
        return whole;
    }
}
