package kinema.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import kinema.weights.StoredTensor;
import kinema.weights.TensorArchive;
import kinema.weights.TorchFile;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fixtures whose weights are drawn, against libtorch's own numbers and the readers of checkpoints. */
class SeededFolderTest {
    @TempDir
    Path temp;

    private Path fixture;

    @BeforeEach
    void layOut() throws IOException {
        fixture = Files.createDirectory(temp.resolve("fixture"));
        Files.writeString(fixture.resolve("config.json"), "{}");
        Files.writeString(temp.resolve("shapes.json"), """
                {"a.weight": [40, 5, 5], "norm.weight": [70], "norm.bias": [3],
                 "x": {"shape": [2, 600], "low": -2, "high": 0.5}}
                """);
    }

    @ParameterizedTest
    @CsvSource({"F32, Float", "F64, Double", "F16, Half", "BF16, BFloat16"})
    void numbersAreThoseOfLibtorch(String dtype, ScalarType type) throws IOException {
        Path folder = written("{\"tensors\": \"../shapes.json\", \"seed\": 5, \"dtype\": \"%s\"}".formatted(dtype));
        try (TensorArchive safetensors = Safetensors.open(folder.resolve("model.safetensors"));
                TensorArchive torchFile = TorchFile.open(folder.resolve("model.bin"))) {
            assertNumbers(safetensors.tensors(), type);
            assertNumbers(torchFile.tensors(), type);
        }
    }

    @Test
    void shardsHoldTheSameNumbersAndAnIndex() throws IOException {
        Path folder = written("{\"tensors\": \"../shapes.json\", \"seed\": 5, \"shard\": 5000}");
        assertThat(folder.resolve("model-00001-of-00002.safetensors")).exists();
        assertThat(Files.readString(folder.resolve("model.safetensors.index.json")))
                .contains("\"norm.bias\":\"model-00001-of-00002.safetensors\"")
                .contains("\"x\":\"model-00002-of-00002.safetensors\"")
                .contains("\"total_size\":9092");
        Files.delete(folder.resolve("model.bin.index.json"));
        try (Checkpoint shards = Checkpoint.open(folder, ScalarType.Float)) {
            assertNumbers(shards.tensors(), ScalarType.Float);
        }
    }

    @Test
    void whatIsThereIsCopiedAndTheRulesAreNot() throws IOException {
        Files.createDirectories(temp.resolve("shared/deep"));
        Files.writeString(temp.resolve("shared/deep/words"), "a b");
        Files.writeString(fixture.resolve(SeededFolder.RULES), "{\"copies\": {\"model/words\": \"../shared\"}}");
        Path target = SeededFolder.write(fixture, temp.resolve("target"));
        assertThat(target.resolve("config.json")).hasContent("{}");
        assertThat(target.resolve("model/words/deep/words")).hasContent("a b");
        assertThat(target.resolve(SeededFolder.RULES)).doesNotExist();
    }

    /** The folder with the weights that a rule makes, in both forms. */
    private Path written(String rule) throws IOException {
        Files.writeString(
                fixture.resolve(SeededFolder.RULES),
                "{\"files\": {\"part/model.safetensors\": %s, \"part/model.bin\": %s}}".formatted(rule, rule));
        return SeededFolder.write(fixture, temp.resolve("target")).resolve("part");
    }

    private static void assertNumbers(Map<String, StoredTensor> found, ScalarType type) {
        assertThat(found.keySet()).containsExactlyInAnyOrder("a.weight", "norm.weight", "norm.bias", "x");
        try (Rng rng = new Rng(5)) {
            Scopes.run(() -> {
                double weight = 1.3 / 5;
                check(found, "a.weight", type, uniform(rng, -weight, weight, 40, 5, 5));
                check(found, "norm.weight", type, uniform(rng, 0.65, 1.35, 70));
                check(found, "norm.bias", type, uniform(rng, -0.35, 0.35, 3));
                check(found, "x", type, uniform(rng, -2, 0.5, 2, 600));
            });
        }
    }

    private static Tensor uniform(Rng rng, double low, double high, long... shape) {
        return rng.rand(shape).mul(new Scalar(high - low)).add(new Scalar(low));
    }

    private static void check(Map<String, StoredTensor> tensors, String key, ScalarType type, Tensor expected) {
        StoredTensor found = tensors.get(key);
        assertThat(found.dtype()).as(key).isEqualTo(type);
        assertThat(found.shape()).as(key).containsExactly(expected.shape());
        assertThat(Tensors.floats(found.read().to(ScalarType.Float)))
                .as(key)
                .containsExactly(Tensors.floats(expected.to(type).to(ScalarType.Float)));
    }
}
