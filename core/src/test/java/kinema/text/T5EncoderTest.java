package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.LeafSpec;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import kinema.weights.ShapeTree;
import kinema.weights.WeightTally;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class T5EncoderTest {
    private static final T5Config TINY = T5Config.XXL.with(Map.of(
            "vocab_size", 50,
            "d_model", 16,
            "d_kv", 4,
            "num_heads", 2,
            "d_ff", 24,
            "num_layers", 2,
            "relative_attention_num_buckets", 8,
            "relative_attention_max_distance", 16));

    @ParameterizedTest
    @ValueSource(strings = {"t2v-2b", "t2v-2b-size", "t2v-5b", "t2v-5b-size", "t2v-5b-nocfg"})
    void statesEqualTheReference(String name) {
        Path folder = Golden.folder(name).resolve("model/text_encoder");
        T5Config config = T5Config.read(ConfigFile.read(folder.resolve("config.json")));
        try (Safetensors golden = Safetensors.open(Golden.folder(name).resolve("expected.safetensors"));
                Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            T5Encoder encoder = T5Encoder.load(checkpoint, config);
            assertThat(encoder.width()).isEqualTo(32);
            float[] found = Scopes.run(() -> Tensors.floats(encoder.forward(golden.tensor("ids"))));
            float[] expected = Scopes.run(() -> Tensors.floats(golden.tensor("prompt_embeds")));
            assertThat(Differences.max(found, expected))
                    .as("largest difference")
                    .isLessThan(1e-4);
        }
    }

    @Test
    void bfloat16StaysNearFloat32() {
        Path folder = Golden.folder("t2v-2b").resolve("model/text_encoder");
        T5Config config = T5Config.read(ConfigFile.read(folder.resolve("config.json")));
        try (Checkpoint wide = Checkpoint.open(folder, ScalarType.Float);
                Checkpoint half = Checkpoint.open(folder, ScalarType.BFloat16)) {
            float[] a = states(T5Encoder.load(wide, config));
            float[] b = states(T5Encoder.load(half, config));
            assertThat(Differences.max(b, a)).isBetween(1e-6, 0.2);
        }
    }

    @Test
    void textsOfABatchDoNotMeet(@TempDir Path folder) throws IOException {
        save(folder, TINY, tensors -> {});
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            T5Encoder encoder = T5Encoder.load(checkpoint, TINY);
            float[] together =
                    Scopes.run(() -> Tensors.floats(encoder.forward(Tensors.of(new long[] {3, 4, 1, 7, 8, 1}, 2, 3))
                            .select(0, 1)));
            float[] alone = Scopes.run(() -> Tensors.floats(encoder.forward(Tensors.of(new long[] {7, 8, 1}, 1, 3))));
            assertThat(Differences.max(together, alone)).isLessThan(1e-5);
        }
    }

    @Test
    void theEmbeddingTableMayHaveItsSecondNameOrBoth(@TempDir Path folder) throws IOException {
        float[] plain = savedStates(folder.resolve("plain"), tensors -> {});
        float[] renamed = savedStates(
                folder.resolve("renamed"),
                tensors -> tensors.put("encoder.embed_tokens.weight", tensors.remove("shared.weight")));
        float[] both = savedStates(
                folder.resolve("both"),
                tensors -> tensors.put("encoder.embed_tokens.weight", tensors.get("shared.weight")));
        // Not bit for bit: the tables lie at other addresses, and matrix products round by their alignment.
        assertThat(Differences.max(renamed, plain)).isLessThan(1e-5);
        assertThat(Differences.max(both, plain)).isLessThan(1e-5);
    }

    @Test
    void aConfigOfAnotherWidthIsOneReport() {
        Path folder = Golden.folder("t2v-2b").resolve("model/text_encoder");
        T5Config wrong = T5Config.read(ConfigFile.read(folder.resolve("config.json")))
                .with(Map.of("d_model", 64, "num_layers", 4));
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            assertThatThrownBy(() -> T5Encoder.load(checkpoint, wrong))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("9 missing (encoder.block.3.")
                    .hasMessageContaining("0 unexpected")
                    .hasMessageContaining("wrongly shaped (shared.weight needs (1200, 64), file has (1200, 32)");
        }
    }

    @Test
    void tooFewLayersAreUnexpectedKeys() {
        Path folder = Golden.folder("t2v-2b").resolve("model/text_encoder");
        T5Config wrong =
                T5Config.read(ConfigFile.read(folder.resolve("config.json"))).withLayers(2);
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            assertThatThrownBy(() -> T5Encoder.load(checkpoint, wrong))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("0 missing")
                    .hasMessageContaining("9 unexpected (encoder.block.2.");
        }
    }

    @Test
    void publishedXxlHasItsPublishedSize() {
        long count = ShapeTree.of(w -> new T5Encoder(w, T5Config.XXL)).stream()
                .mapToLong(LeafSpec::count)
                .sum();
        assertThat(count).isEqualTo(4_762_310_656L);
    }

    @Test
    void streamedXxlTakesOneLayer() {
        WeightTally tally = WeightTally.of(w -> new T5Encoder(w, T5Config.XXL), LeafSpec::count);

        long matrix = 4096L * 10_240;
        long layer = 4 * 4096L * 4096 + 3 * matrix + 2 * 4096;
        assertThat(tally.all()).isEqualTo(4_762_310_656L);
        assertThat(tally.largestPart()).isEqualTo(layer);
        assertThat(tally.outside()).isEqualTo(32 * 64 + 4096);
        assertThat(tally.streamed()).isEqualTo(tally.outside() + layer);
    }

    @Test
    void idsOutsideTheVocabularyAreErrors(@TempDir Path folder) throws IOException {
        save(folder, TINY, tensors -> {});
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            T5Encoder encoder = T5Encoder.load(checkpoint, TINY);
            Scopes.run(() -> {
                assertThatThrownBy(() -> encoder.forward(Tensors.of(new long[] {3, 50}, 1, 2)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("ids must be from 0 to 49, found 50; "
                                + "the tokenizer and the text encoder do not belong together");
            });
        }
    }

    @Test
    void loadAndForwardLeaveNoNativeObject(@TempDir Path folder) throws IOException {
        save(folder, TINY, tensors -> {});
        Consumer<Path> once = path -> {
            try (Checkpoint checkpoint = Checkpoint.open(path, ScalarType.Float)) {
                states(T5Encoder.load(checkpoint, TINY));
            }
        };
        once.accept(folder);
        long before = LivePointers.settled();
        once.accept(folder);
        once.accept(folder);
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static float[] states(T5Encoder encoder) {
        return Scopes.run(() -> Tensors.floats(encoder.forward(Tensors.of(new long[] {3, 4, 49, 1, 0, 0}, 1, 6))));
    }

    private static float[] savedStates(Path folder, Consumer<Map<String, Tensor>> change) throws IOException {
        save(Files.createDirectory(folder), TINY, change);
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float)) {
            return states(T5Encoder.load(checkpoint, TINY));
        }
    }

    /** Writes random weights of a config, after {@code change}. */
    private static void save(Path folder, T5Config config, Consumer<Map<String, Tensor>> change) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (Rng rng = new Rng(5)) {
            for (LeafSpec leaf : ShapeTree.of(w -> new T5Encoder(w, config))) {
                Tensor t = torch.zeros(leaf.shape());
                leaf.init().fill(t, rng);
                tensors.put(leaf.key(), t);
            }
        }
        Map<String, Tensor> owned = Map.copyOf(tensors);
        change.accept(tensors);
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
        owned.values().forEach(Tensor::close);
    }
}
