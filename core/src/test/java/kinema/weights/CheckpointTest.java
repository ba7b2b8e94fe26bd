package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import kinema.nn.Linear;
import kinema.tensor.Device;
import kinema.tensor.Quantization;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Pickle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
    private static final float SCALE = 0.5F * (1 / 127F);

    @TempDir
    Path folder;

    @Test
    void aLayerIsMadeFromAFileInTheComputeDtype() {
        write("model.safetensors", Map.of("l.weight", half(2, 3), "l.bias", half(2)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            Linear layer = file.load(w -> new Linear(w.at("l"), 3, 2));
            float[] y = Scopes.run(() -> Tensors.floats(layer.forward(Tensors.of(new float[] {1, 2, 3}, 1, 3))));
            assertThat(y).containsExactly(3.5f, 3.5f);
        }
    }

    @Test
    void shardsAreReadByTheirIndex() throws IOException {
        write("model-00001.safetensors", Map.of("l.weight", half(2, 3)));
        write("model-00002.safetensors", Map.of("l.bias", half(2)));
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"l.weight\":\"model-00001.safetensors\",\"l.bias\":\"model-00002.safetensors\"}}");
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(forward(file.load(w -> new Linear(w.at("l"), 3, 2)))).containsExactly(1.5f, 1.5f);
        }
        Files.delete(folder.resolve("model-00002.safetensors"));
        assertThatThrownBy(() -> Checkpoint.open(folder, ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("names 2 shards, 1 not there (model-00002.safetensors)");
    }

    @Test
    void filesOfPyTorchAreReadWhereThereAreNoSafetensors() throws IOException {
        Pickle.file(folder.resolve("pytorch_model-00001-of-00002.bin"), pickled("l.weight", 2, 3));
        Pickle.file(folder.resolve("pytorch_model-00002-of-00002.bin"), pickled("l.bias", 1, 2));
        Files.writeString(
                folder.resolve("pytorch_model.bin.index.json"),
                "{\"weight_map\":{\"l.weight\":\"pytorch_model-00001-of-00002.bin\","
                        + "\"l.bias\":\"pytorch_model-00002-of-00002.bin\"}}");
        Files.writeString(folder.resolve("training_args.bin"), "no weights");
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(file.tensors().keySet()).containsExactlyInAnyOrder("l.weight", "l.bias");
        }
        assertThat(StoredNetwork.ofFolder(folder).tensors().get("l.weight").shape())
                .containsExactly(2L, 3L);

        Files.writeString(
                folder.resolve("pytorch_model.bin.index.json"), "{\"weight_map\":{\"l.bias\":\"l.safetensors\"}}");
        assertThatThrownBy(() -> Checkpoint.open(folder, ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(
                        "weight_map must give names of .bin files in its folder, found \"l.safetensors\"");
        Files.delete(folder.resolve("pytorch_model.bin.index.json"));
        assertThatThrownBy(() -> Checkpoint.open(folder, ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("found 0 and 0, and no *pytorch_model.bin either");

        Pickle.file(folder.resolve("diffusion_pytorch_model.bin"), pickled("m.weight", 2, 3));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(file.tensors().keySet()).containsExactly("m.weight");
        }
        write("model.safetensors", Map.of("l.weight", half(2, 3)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(file.tensors().keySet()).containsExactly("l.weight");
        }
    }

    @Test
    void ofSeveralVariantsTheOneWithoutANameIsRead() {
        write("model.fp16.safetensors", Map.of("half", half(1)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(file.tensors().keySet()).containsExactly("half");
        }
        write("model.safetensors", Map.of("whole", half(1)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThat(file.tensors().keySet()).containsExactly("whole");
            file.ignore("whole");
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void everythingThatDoesNotFitIsReportedTogether() {
        write("model.safetensors", Map.of("l.weight", half(4, 3), "other", half(1)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThatThrownBy(() -> file.load(w -> new Linear(w.at("l"), 3, 2)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("1 missing (l.bias)")
                    .hasMessageContaining("1 unexpected (other)")
                    .hasMessageContaining("1 wrongly shaped (l.weight needs (2, 3), file has (4, 3))");
        }
    }

    @Test
    void weightsThatAreNoFloatingPointNumbersAreNamed() {
        Scopes.run(() -> save(
                "model.safetensors",
                Map.of("l.weight", Tensors.zeros(ScalarType.Int, 2, 3), "l.bias", Tensors.zeros(ScalarType.Float, 2))));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThatThrownBy(() -> file.check(w -> new Linear(w.at("l"), 3, 2)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("1 of no floating-point numbers (l.weight is I32)");
        }
    }

    @Test
    void aNetworkOfFarMoreLayersThanTheFileHasIsNotMade() {
        write("model.safetensors", Map.of("0.weight", half(2, 3), "0.bias", half(2)));
        AtomicInteger made = new AtomicInteger();
        Function<Weights, List<Linear>> deep = w -> {
            List<Linear> layers = new ArrayList<>();
            for (int i = 0; i < 1_000_000; i++) {
                layers.add(new Linear(w.at(i), 3, 2));
                made.incrementAndGet();
            }
            return layers;
        };
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            assertThatThrownBy(() -> file.check(deep))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("at least 2001 missing (1.weight, 1.bias, 2.weight, …), 0 wrongly");
            assertThat(made).hasValue(1001);
            assertThatThrownBy(() -> file.weigh(deep, Placement.resident(ScalarType.Float)))
                    .hasMessageContaining("more than 20000 tensors");
            assertThatThrownBy(() -> ShapeTree.of(deep)).hasMessageContaining("more than 20000 tensors");
        }
    }

    /** What is mapped in the dtype that is computed in is read where it is; all else becomes a copy. */
    @Test
    void mappedWeightsWeighNothing() {
        write("model.safetensors", Map.of("l.weight", half(2, 3), "l.bias", half(2)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Half)) {
            assertThat(weight(file, ScalarType.Half, Device.CPU)).isZero();
            assertThat(weight(file, ScalarType.Float, Device.CPU)).isEqualTo(4 * 8);
            assertThat(weight(file, ScalarType.BFloat16, Device.CPU)).isEqualTo(2 * 8);
            assertThat(weight(file, ScalarType.Half, Device.CUDA)).isEqualTo(2 * 8);
        }
    }

    @Test
    void mapsThatMayBeAreInEightBitsWhereThatIsAsked() {
        write("model.safetensors", Map.of("l.weight", half(2, 3), "l.bias", half(2)));
        Placement placement = Placement.resident(ScalarType.Float).quantized(Quantization.INT8);
        try (Checkpoint file = Checkpoint.open(folder, placement)) {
            Scopes.run(() -> {
                Matrix matrix = file.load(w -> matrix(w.at("l").quantizable()));
                assertThat(Tensors.longs(matrix.numbers())).hasSize(6).containsOnly(127);
                assertThat(Tensors.floats(Objects.requireNonNull(matrix.scale())))
                        .containsExactly(SCALE, SCALE);
                Matrix plain = file.load(w -> matrix(w.at("l")));
                assertThat(plain.scale()).isNull();
                assertThat(Tensors.floats(plain.numbers())).hasSize(6).containsOnly(0.5F);
            });
            assertThat(file.weigh(w -> matrix(w.at("l").quantizable()), placement)
                            .all())
                    .isEqualTo(2 * 3 + 2 * 4 + 2 * 4);
            assertThat(file.weigh(w -> matrix(w.at("l")), placement).all()).isEqualTo(4 * 8);
        }
    }

    private static Matrix matrix(Weights l) {
        var unused = l.tensor("bias", Init.ZEROS, 2);
        return l.matrix(Init.ZEROS, 2, 3);
    }

    private static long weight(Checkpoint file, ScalarType dtype, Device device) {
        Placement placement = new Placement(dtype, device, Residency.RESIDENT);
        return file.weigh(w -> new Linear(w.at("l"), 3, 2), placement).all();
    }

    @Test
    void sizesThatNoTensorHasAreNamed() {
        write("model.safetensors", Map.of("l.weight", half(2, 3), "l.bias", half(2)));
        try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
            for (long size : new long[] {-2, Long.MAX_VALUE}) {
                assertThatThrownBy(() -> file.check(w -> new Linear(w.at("l"), size, 2)))
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContaining("1 wrongly shaped (l.weight needs (2, " + size + ")");
                assertThatThrownBy(() -> ShapeTree.of(w -> new Linear(w.at("l"), size, 2)))
                        .isInstanceOf(WeightsException.class)
                        .hasMessageContaining("'l.weight' would have the shape (2, " + size + ")");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"weight_map\":{\"a\":\"../x.safetensors\"}}|must give names of .safetensors files in its folder",
                "{\"weight_map\":{\"a\":7}}|must give names of .safetensors files in its folder, found 7",
                "{\"weight_map\":[\"x.safetensors\"]}|has no weight_map of keys and shard files",
                "{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"y.safetensors\"}}|Duplicate",
                "{\"weight_map\":{}} trailing|not valid JSON"
            })
    void indexesThatCannotBeAreNamed(String index, String message) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), index);
        assertThatThrownBy(() -> WeightFiles.of(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("model.safetensors.index.json: ")
                .hasMessageContaining(message);
    }

    @Test
    void foldersWithoutOneCheckpointAreNamed() {
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("absent"), ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no such folder");
        assertThatThrownBy(() -> Checkpoint.open(folder, ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("found 0 and 0");
        write("a.safetensors", Map.of("x", half(1)));
        write("b.safetensors", Map.of("y", half(1)));
        assertThatThrownBy(() -> Checkpoint.open(folder, ScalarType.Float))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("found 2 and 0");
    }

    @Test
    void parametersSavedAndLoadedAreTheSame() {
        try (Rng rng = new Rng(3);
                Parameters parameters = Parameters.init(w -> new Linear(w.at("l"), 3, 2), rng)) {
            Scopes.run(() -> save("model.safetensors", parameters.parts(parameters.values())));
            float[] made = forward(new Linear(new Weights(parameters).at("l"), 3, 2));
            try (Checkpoint file = Checkpoint.open(folder, ScalarType.Float)) {
                assertThat(forward(file.load(w -> new Linear(w.at("l"), 3, 2)))).containsExactly(made);
            }
        }
    }

    private static float[] forward(Linear layer) {
        return Scopes.run(() -> Tensors.floats(layer.forward(Tensors.of(new float[] {1, -2, 3}, 1, 3))));
    }

    private static long[] half(long... shape) {
        return shape;
    }

    /** Writes float16 tensors of 0.5 with these shapes. */
    private void write(String name, Map<String, long[]> shapes) {
        Scopes.run(() -> {
            Map<String, Tensor> tensors = new TreeMap<>();
            shapes.forEach((key, shape) ->
                    tensors.put(key, Tensors.zeros(ScalarType.Half, shape).fill_(new Scalar(0.5))));
            save(name, tensors);
        });
    }

    private void save(String name, Map<String, Tensor> tensors) {
        try {
            SafetensorsWriter.write(folder.resolve(name), tensors, Map.of());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] pickled(String key, int rows, int columns) {
        return Pickle.start()
                .op('}', '(')
                .text(key)
                .tensor("FloatStorage", 6, 0, rows, columns, columns)
                .op('u')
                .end();
    }
}
