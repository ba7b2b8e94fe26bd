package kinema.cogvideox.draft;

import static kinema.testing.DryRuns.assertSamePeak;
import static kinema.testing.DryRuns.assertSameTraining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import kinema.diffusion.LatentSpace;
import kinema.system.NotFiniteException;
import kinema.tensor.Device;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DraftDecoderTest {
    private static final double TOLERANCE = 1e-4;
    private static final String SAFETENSORS = "taecvx.safetensors";
    private static final DraftConfig SMALL = new DraftConfig(4, List.of(8L, 6L, 5L, 4L));

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @CsvSource({"taecvx.safetensors, odd", "taecvx.safetensors, even", "taecvx.safetensors, one", "taecvx.pth, odd"})
    void decodesAsTheReference(String file, String name) {
        withDecoder(file, decoder -> {
            Path folder = Golden.folder("draft");
            try (Safetensors latents = Safetensors.open(folder.resolve("latents.safetensors"));
                    Safetensors expected = Safetensors.open(folder.resolve("expected.safetensors"))) {
                Scopes.run(() -> {
                    Tensor wanted = expected.tensor(name).permute(1, 0, 2, 3); // (3, T, H, W)
                    Tensor whole = pictures(decoder.decode(LatentSpace.swapped(latents.tensor(name))));
                    assertThat(whole.shape()).containsExactly(wanted.shape());
                    Golden.Difference d = Golden.difference(whole, wanted);
                    assertThat(d.max()).as("%s: %s", name, d).isLessThan(TOLERANCE);
                });
            }
        });
    }

    @Test
    void thePublishedOneHasTheNamesAndShapesOfTheReference() throws IOException {
        Map<String, List<Long>> shapes = new TreeMap<>();
        ShapeTree.of(w -> new DraftDecoder(w, DraftConfig.PUBLISHED)).forEach(leaf -> {
            List<Long> shape = new ArrayList<>();
            for (long size : leaf.shape()) {
                shape.add(size);
            }
            shapes.put(leaf.key(), shape);
        });
        Path published = Golden.folder("draft").resolve("published.json");
        Map<String, List<Long>> expected = new TreeMap<>();
        new ObjectMapper().readTree(published.toFile()).properties().forEach(entry -> {
            List<Long> shape = new ArrayList<>();
            entry.getValue().forEach(size -> shape.add(size.asLong()));
            expected.put(entry.getKey(), shape);
        });
        assertThat(shapes).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void frameByFrameGivesWhatTheWholeGives(long latentFrames) {
        withNew(decoder -> {
            try (Rng rng = new Rng(latentFrames)) {
                Tensor z = rng.randn(1, 4, latentFrames, 2, 3);
                List<Tensor> chunks = new ArrayList<>();
                decoder.decode(z, 1, chunk -> chunks.add(Scopes.own(chunk.clone())));
                assertThat(chunks).hasSize((int) latentFrames);
                Tensor joined = Tensors.cat(2, chunks.toArray(Tensor[]::new));
                Tensor whole = decoder.decode(z);
                assertThat(whole.shape()).containsExactly(1, 3, DraftDecoder.frames(latentFrames), 16, 24);
                assertThat(joined.shape()).containsExactly(whole.shape());
                Golden.Difference d = Golden.difference(joined, whole);
                assertThat(d.max()).as("%d latent frames: %s", latentFrames, d).isLessThan(1e-6);
                chunks.forEach(Scopes::free);
            }
        });
    }

    @Test
    void aBatchIsItsVideosOneByOne() {
        withNew(decoder -> {
            try (Rng rng = new Rng(4)) {
                Tensor z = rng.randn(2, 4, 3, 2, 2);
                Tensor both = decoder.decode(z);
                for (long i = 0; i < 2; i++) {
                    Golden.Difference d = Golden.difference(decoder.decode(z.narrow(0, i, 1)), both.narrow(0, i, 1));
                    assertThat(d.max()).as("video %d: %s", i, d).isLessThan(1e-6);
                }
                assertThatThrownBy(() -> decoder.decode(z, chunk -> {}))
                        .hasMessage("one video is decoded in chunks, found 2");
            }
        });
    }

    @Test
    void aFrameKnowsOfThoseBeforeItAlone() {
        withNew(decoder -> {
            try (Rng rng = new Rng(5)) {
                Tensor z = rng.randn(1, 4, 4, 2, 2);
                Tensor other = z.clone();
                other.narrow(2, 2, 2).mul_(new Scalar(-1.0));
                Tensor a = decoder.decode(z);
                Tensor b = decoder.decode(other);
                assertThat(Golden.difference(a.narrow(2, 0, 8), b.narrow(2, 0, 8))
                                .max())
                        .isZero();
                assertThat(Golden.difference(a.narrow(2, 8, 8), b.narrow(2, 8, 8))
                                .max())
                        .isPositive();
            }
        });
    }

    @Test
    void numbersThatStopBeingFiniteNameTheChunk() {
        withNew(decoder -> {
            Tensor z = Tensors.zeros(ScalarType.Float, 1, 4, 3, 2, 2);
            z.narrow(2, 1, 1).fill_(new Scalar(Double.NaN));
            List<Long> made = new ArrayList<>();
            assertThatThrownBy(() -> decoder.decode(z, 1, chunk -> made.add(chunk.size(2))))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageStartingWith("decoded frames are not finite in chunk 2 of 3");
            assertThat(made).containsExactly(1L);
            assertThatThrownBy(() -> decoder.decode(Tensors.zeros(ScalarType.Float, 1, 5, 3, 2, 2)))
                    .hasMessageContaining("latents");
        });
    }

    @Test
    void leavesNoNativeMemory() {
        withNew(decoder -> {
            try (Rng rng = new Rng(1);
                    Tensor z = rng.randn(1, 4, 3, 2, 2)) {
                long before = LivePointers.settled();
                decoder.decode(z).close();
                decoder.decode(z, chunk -> {});
                assertThat(LivePointers.now()).isEqualTo(before);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 4", "2, 4, 6", "3, 5, 4", "5, 4, 4"})
    void whatItTakesIsFoundWithoutComputing(long frames, long rows, long columns) {
        assertSamePeak(
                w -> new DraftDecoder(w, SMALL),
                ScalarType.Float,
                (decoder, maker) ->
                        decoder.decode(maker.make(ScalarType.Float, 1, 4, frames, rows, columns), chunk -> {}));
        assertSameTraining(
                w -> new DraftDecoder(w, SMALL),
                (decoder, maker) -> decoder.decode(maker.make(ScalarType.Float, 2, 4, frames, rows, columns))
                        .square()
                        .mean());
    }

    @Test
    void moreLatentFramesTakeNoMoreMemory() {
        DraftFootprint footprint = new DraftFootprint(SMALL);
        assertThat(SMALL.chunk(128, 128)).isOne();
        assertThat(footprint.decode(9, 128, 128)).isEqualTo(footprint.decode(3, 128, 128));
        assertThat(footprint.decode(3, 256, 128)).isGreaterThan(footprint.decode(3, 128, 128));
        assertThat(SMALL.chunk(4, 4)).as("small ones together").isGreaterThan(100);
        assertThat(footprint.decode(9, 4, 4)).isGreaterThan(footprint.decode(3, 4, 4));
    }

    @Test
    void aFileThatLacksWeightsIsRefusedByName(@TempDir Path folder) throws IOException {
        Path file = folder.resolve(SAFETENSORS);
        change(file, tensors -> tensors.remove("decoder.9.conv.2.weight"));
        refused(file, "1 missing (decoder.9.conv.2.weight)");
        change(file, tensors -> tensors.remove("decoder.1.weight"));
        refused(file, "no 'decoder.1.weight'; expected the weights of a draft decoder for CogVideoX");
        change(file, tensors -> tensors.put("decoder.30.weight", tensors.get("decoder.1.bias")));
        refused(file, "1 unexpected (decoder.30.weight)");
        change(file, tensors -> tensors.put("decoder.13.conv.weight", tensors.get("decoder.7.conv.weight")));
        refused(file, "decoder.13.conv.weight needs (20, 10, 1, 1)");
        change(file, tensors -> tensors.put("decoder.8.weight", tensors.get("decoder.1.bias")));
        refused(file, "not four axes of 'decoder.8.weight'");
        Files.writeString(file, "no weights");
        refused(file, file.toString());
        refused(folder.resolve("none.pth"), "none.pth");
    }

    @Test
    void aFileForOtherLatentsIsRefused() {
        assertThatThrownBy(() -> DraftFile.open(Golden.folder("draft").resolve(SAFETENSORS), 4, Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageEndingWith(
                        "a draft decoder of latents with 16 channels, and this model's have 4; it was made for another model");
    }

    @Test
    void sizesThatNoNetworkHasAreRefused() {
        assertThatThrownBy(() -> new DraftConfig(16, List.of(8L, 8L)))
                .hasMessageContaining("has 4 widths between 1 and 4096");
        assertThatThrownBy(() -> new DraftConfig(16, List.of(8L, 0L, 8L, 8L)))
                .hasMessageContaining("found [8, 0, 8, 8]");
        assertThatThrownBy(() -> new DraftConfig(0, List.of(8L, 8L, 8L, 8L))).hasMessageContaining("found 0");
    }

    @Test
    void aModelHasOneFileOrNone(@TempDir Path model) throws IOException {
        assertThat(DraftFile.in(model)).isEmpty();
        Path folder = Files.createDirectory(model.resolve(DraftFile.FOLDER));
        assertThatThrownBy(() -> DraftFile.in(model))
                .hasMessageContaining("expected one file of weights")
                .hasMessageContaining("found 0");
        Path file = Files.createFile(folder.resolve("taecvx.pth"));
        Files.createFile(folder.resolve("README.md"));
        assertThat(DraftFile.in(model)).contains(file);
        Files.createFile(folder.resolve(SAFETENSORS));
        assertThatThrownBy(() -> DraftFile.in(model)).hasMessageContaining("found 2");
    }

    @Test
    void bothKindsOfFilesHaveOneDigest() {
        Path folder = Golden.folder("draft");
        try (DraftFile one = DraftFile.open(folder.resolve(SAFETENSORS), 16, Device.CPU);
                DraftFile other = DraftFile.open(folder.resolve("taecvx.pth"), 16, Device.CPU)) {
            assertThat(one.digest()).hasSize(64).isEqualTo(other.digest());
            assertThat(one.config()).isEqualTo(new DraftConfig(16, List.of(12L, 10L, 8L, 6L)));
        }
    }

    private static void refused(Path file, String message) {
        assertThatThrownBy(() -> DraftFile.open(file, 16, Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(message);
    }

    /** Writes the fixture's weights with a change. */
    private static void change(Path file, Consumer<Map<String, Tensor>> change) throws IOException {
        try (Checkpoint fixture = Checkpoint.open(
                Golden.folder("draft").resolve(SAFETENSORS), Placement.resident(ScalarType.Float), all -> all)) {
            Map<String, Tensor> tensors = new TreeMap<>();
            fixture.tensors().forEach((key, stored) -> tensors.put(key, stored.read()));
            change.accept(tensors);
            SafetensorsWriter.write(file, tensors, Map.of());
        }
    }

    private static Tensor pictures(Tensor video) {
        return video.squeeze(0)
                .mul(new Scalar(0.5))
                .add(new Scalar(0.5))
                .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)));
    }

    private static void withDecoder(String file, Consumer<DraftDecoder> body) {
        try (DraftFile opened = DraftFile.open(Golden.folder("draft").resolve(file), 16, Device.CPU)) {
            opened.decoder().use(decoder -> {
                body.accept(decoder);
                return decoder;
            });
        }
    }

    private static void withNew(Consumer<DraftDecoder> body) {
        try (NoGradGuard guard = new NoGradGuard();
                Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new DraftDecoder(w, SMALL), rng)) {
            DraftDecoder decoder = new DraftDecoder(new Weights(parameters), SMALL);
            Scopes.run(() -> body.accept(decoder));
        }
    }
}
