package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LoraTest {
    /** The change B·A of the factors below is [[10, 20, 30], [20, 40, 60]] for a weight of ones. */
    private static final float[] DOWN = {1, 2, 3};

    private static final float[] UP = {10, 20};

    private static final LoraNames NAMES = new LoraNames() {
        @Override
        public String network() {
            return "net";
        }

        @Override
        public @Nullable String published(String key) {
            return key.startsWith("theirs.") ? key.substring("theirs.".length()) : null;
        }

        @Override
        public double authorsAlpha() {
            return 0.5;
        }
    };

    @TempDir
    Path folder;

    @BeforeEach
    void layOut() {
        write(
                folder.resolve("model/weights.safetensors"),
                Map.of("block.0.l.weight", ones(2, 3), "block.0.l.bias", ones(2)),
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "net.block.0.l.lora_A.weight, net.block.0.l.lora_B.weight",
        "block.0.l.lora_A.weight, block.0.l.lora_B.weight",
        "net.block.0.l.lora_A.default.weight, net.block.0.l.lora_B.default.weight",
        "base_model.model.block.0.l.lora_A.weight, base_model.model.block.0.l.lora_B.weight",
        "net.block.0.l.lora.down.weight, net.block.0.l.lora.up.weight",
        "net.block.0.processor.l_lora.down.weight, net.block.0.processor.l_lora.up.weight",
        "net.block.0.l.lora_linear_layer.down.weight, net.block.0.l.lora_linear_layer.up.weight",
        "lora_unet_block_0_l.lora_down.weight, lora_unet_block_0_l.lora_up.weight"
    })
    void allWaysToWriteKeysMeanTheSame(String down, String up) {
        Lora lora = lora(Map.of(down, tensor(DOWN, 1, 3), up, tensor(UP, 2, 1)), Map.of(), 0.5);

        assertThat(lora.note())
                .isEqualTo(
                        "LoRA lora.safetensors: 1 layers, rank 1, alpha = rank, for the file states none, scale 0.5");
        assertThat(weights(lora)).containsExactly(6, 11, 16, 11, 21, 31);
    }

    @Test
    void severalAreAddedUp() {
        Map<String, Tensor> factors = factors("net.block.0.l");
        try (Checkpoint file = Checkpoint.open(folder.resolve("model"), ScalarType.Float)) {
            file.add(lora(factors, Map.of(), 1));
            file.add(lora(factors, Map.of(), -0.5));
            assertThat(weights(file)).containsExactly(6, 11, 16, 11, 21, 31);
        }
    }

    @Test
    void alphaIsThatOfTheTensorElseOfTheMetadataElseTheRank() {
        Map<String, Tensor> factors = factors("net.block.0.l");
        String metadata = "{\"net.lora_alpha\": 0.1, \"net.r\": 1}";
        Lora stated = lora(factors, Map.of("lora_adapter_metadata", metadata), 1);
        assertThat(stated.note()).contains("rank 1, alpha as the file states it, scale 1.0");
        assertThat(weights(stated)).containsExactly(2, 3, 4, 3, 5, 7);

        String own = "{\"net.lora_alpha\": 9, \"net.alpha_pattern\": {\"0.l\": 0.1}}";
        assertThat(weights(lora(factors, Map.of("lora_adapter_metadata", own), 1)))
                .containsExactly(2, 3, 4, 3, 5, 7);

        Map<String, Tensor> withTensor = new LinkedHashMap<>(factors);
        withTensor.put("net.block.0.l.alpha", Tensors.of(new float[] {0.2f}));
        assertThat(weights(lora(withTensor, Map.of("lora_adapter_metadata", metadata), 1)))
                .containsExactly(3, 5, 7, 5, 9, 13);
    }

    @Test
    void alphaIsDividedByTheRankOrByItsRoot() {
        Map<String, Tensor> wide = Map.of(
                "net.block.0.l.lora_A.weight", tensor(new float[] {1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 4, 3),
                "net.block.0.l.lora_B.weight", tensor(new float[] {10, 0, 0, 0, 20, 0, 0, 0}, 2, 4));
        assertThat(weights(lora(wide, metadata("{\"net.lora_alpha\": 2}"), 1))).containsExactly(6, 11, 16, 11, 21, 31);
        assertThat(weights(lora(wide, metadata("{\"net.lora_alpha\": 2, \"net.use_rslora\": true}"), 1)))
                .containsExactly(11, 21, 31, 21, 41, 61);
    }

    @Test
    void theAuthorsKeysComeWithTheirAlphaAndMayStandBesideTheWholeNetwork() {
        Map<String, Tensor> all = new LinkedHashMap<>(factors("theirs.net.block.0.l"));
        all.put("block.0.l.weight", ones(2, 3));
        Lora lora = lora(all, Map.of(), 1);

        assertThat(lora.note()).contains("alpha 0.5 as its authors' code trains, for the file states none, scale 1.0");
        assertThat(weights(lora)).containsExactly(6, 11, 16, 11, 21, 31);
    }

    @Test
    void whatIsLeftOutIsSaid() {
        Map<String, Tensor> all = new LinkedHashMap<>(factors("net.block.0.l"));
        all.put("net.block.0.l.dora_scale", ones(2));
        all.put("text_encoder.layers.0.q.lora_A.weight", ones(1, 3));

        assertThat(lora(all, Map.of(), 1).note())
                .endsWith("; its DoRA magnitudes are left out, as in the published implementation; left out: 1 tensors"
                        + " for other networks");
    }

    @Test
    void halfPrecisionWeightsAreAddedInFull() {
        Map<String, Tensor> small = Map.of(
                "block.0.l.lora_A.weight", tensor(new float[] {1, 1, 1}, 1, 3).to(ScalarType.Half),
                "block.0.l.lora_B.weight",
                        tensor(new float[] {1e-4f, 1e-4f}, 2, 1).to(ScalarType.Half));
        write(
                folder.resolve("model/weights.safetensors"),
                Map.of(
                        "block.0.l.weight", ones(2, 3).to(ScalarType.BFloat16),
                        "block.0.l.bias", ones(2).to(ScalarType.BFloat16)),
                Map.of());
        assertThat(weights(lora(small, Map.of(), 1))).doesNotContain(1f);
    }

    @Test
    void aChangedWeightIsNoLongerReadWhereItIsMapped() {
        try (Checkpoint file = Checkpoint.open(folder.resolve("model"), ScalarType.Float)) {
            assertThat(weight(file)).isZero();
            file.add(lora(factors("net.block.0.l"), Map.of(), 1));
            assertThat(weight(file)).isEqualTo(2 * 3 * Float.BYTES);
        }
    }

    static Stream<Arguments> misfits() {
        return Stream.of(
                arguments(
                        factors("net.block.7.l"),
                        "lora.safetensors: does not fit this model: 1 of 1 layers are not in it (block.7.l), 0 are of"
                                + " another shape; it was trained for another model"),
                arguments(
                        Map.of(
                                "net.block.0.l.lora_A.weight", ones(1, 4),
                                "net.block.0.l.lora_B.weight", ones(2, 1)),
                        "0 of 1 layers are not in it, 1 are of another shape (block.0.l.weight is (2, 3), the LoRA's"
                                + " B·A is (2, 1)·(1, 4))"),
                arguments(
                        Map.of(
                                "net.block.0.l.lora_A.weight", ones(2, 3),
                                "net.block.0.l.lora_B.weight", ones(2, 1)),
                        "B·A is (2, 1)·(2, 3))"),
                arguments(
                        Map.of("net.block.0.l.lora_A.weight", ones(1, 3)),
                        "layer 'block.0.l' has only lora_A; lora_A and lora_B belong together"),
                arguments(
                        Map.of("net.block.0.l.alpha", ones(1)),
                        "layer 'block.0.l' has only alpha; lora_A and lora_B belong together"),
                arguments(
                        Map.of("net.block.0.l.lora_A.weight", ones(3), "net.block.0.l.lora_B.weight", ones(2)),
                        "lora_A (rank, in) and lora_B (out, rank) must be matrices, found (3) and (2)"),
                arguments(
                        withAlpha(ones(2)),
                        "lora.safetensors: alpha of layer 'block.0.l' must be one number, found shape (2)"),
                arguments(withAlpha(ones(0)), "alpha of layer 'block.0.l' must be one number, found shape (0)"),
                arguments(
                        withAlpha(tensor(new float[] {Float.NaN})),
                        "alpha of layer 'block.0.l' must be a finite number, found NaN"),
                arguments(
                        Map.of(
                                "net.block.0.l.lora_A.weight", ones(1, 3).to(ScalarType.Int),
                                "net.block.0.l.lora_B.weight", ones(2, 1)),
                        "lora_A and lora_B must be floating-point numbers, found I32 and F32"),
                arguments(
                        Map.of("block.0.l.weight", ones(2, 3)),
                        "not a LoRA that can be read: 'block.0.l.weight' and 0 more of 1 keys; expected keys such as"
                                + " net.LAYER.lora_A.weight and net.LAYER.lora_B.weight"),
                arguments(
                        Map.of("text_encoder.l.lora_A.weight", ones(1, 3)),
                        "not a LoRA that can be read: no key of 1 keys"));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void loraOfAnotherModelIsNamed(Map<String, Tensor> tensors, String message) {
        try (Checkpoint file = Checkpoint.open(folder.resolve("model"), ScalarType.Float)) {
            assertThatThrownBy(() -> file.add(lora(tensors, Map.of(), 1)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void otherMistakesAreNamed() {
        Map<String, Tensor> factors = factors("net.block.0.l");
        assertThatThrownBy(() -> lora(factors, metadata("not json"), 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("lora.safetensors: 'lora_adapter_metadata' is not JSON");
        for (String wrong : new String[] {
            "{\"net.lora_alpha\": \"8\"}",
            "{\"net.lora_alpha\": 1e999}",
            "{\"net.use_rslora\": 1}",
            "{\"net.alpha_pattern\": {\"0.l\": true}}"
        }) {
            assertThatThrownBy(() -> lora(factors, metadata(wrong), 1))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("lora.safetensors: 'net.")
                    .hasMessageContaining("' of its metadata must be ");
        }
        assertThatThrownBy(() -> Lora.open(new LoraFile(folder.resolve("none.safetensors"), 1), NAMES))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("none.safetensors: no such file");
        assertThatThrownBy(() -> new LoraFile(folder, Double.NaN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a LoRA's scale must be a finite number, found NaN");
    }

    private static Map<String, String> metadata(String json) {
        return Map.of("lora_adapter_metadata", json);
    }

    private float[] weights(Lora lora) {
        try (Checkpoint file = Checkpoint.open(folder.resolve("model"), ScalarType.Float)) {
            file.add(lora);
            return weights(file);
        }
    }

    private static long weight(Checkpoint file) {
        return file.weigh(w -> new Linear(w.at("block.0.l"), 3, 2), Placement.resident(ScalarType.Float))
                .all();
    }

    /** The weight of the layer, row by row, seen through what it makes of unit vectors; its bias is 1. */
    private static float[] weights(Checkpoint file) {
        Linear layer = file.load(w -> new Linear(w.at("block.0.l"), 3, 2));
        return Scopes.run(() -> {
            Tensor units = tensor(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3);
            return Tensors.floats(layer.forward(units).sub(ones(1)).t());
        });
    }

    private Lora lora(Map<String, Tensor> tensors, Map<String, String> metadata, double scale) {
        Path file = folder.resolve("lora.safetensors");
        write(file, tensors, metadata);
        return Lora.open(new LoraFile(file, scale), NAMES);
    }

    private static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        try {
            Files.createDirectories(file.getParent());
            SafetensorsWriter.write(file, tensors, metadata);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Tensor> factors(String layer) {
        return Map.of(layer + ".lora_A.weight", tensor(DOWN, 1, 3), layer + ".lora_B.weight", tensor(UP, 2, 1));
    }

    private static Map<String, Tensor> withAlpha(Tensor alpha) {
        Map<String, Tensor> tensors = new LinkedHashMap<>(factors("net.block.0.l"));
        tensors.put("net.block.0.l.alpha", alpha);
        return tensors;
    }

    private static Tensor ones(long... shape) {
        float[] values = new float[(int) Shapes.count(shape)];
        Arrays.fill(values, 1);
        return tensor(values, shape);
    }

    private static Tensor tensor(float[] values, long... shape) {
        return Tensors.of(values, shape);
    }
}
