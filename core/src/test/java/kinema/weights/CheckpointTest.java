package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import kinema.nn.Linear;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
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
}
