package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.function.Function;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Device;
import kinema.tensor.Quantization;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.text.T5Config;
import kinema.text.T5Encoder;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights that come block by block give the numbers of weights that stay, bit for bit, in every dtype. */
class StreamedWeightsTest {
    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"t2v-2b", "t2v-5b", "i2v-5b", "t2v-1.5", "i2v-1.5", "control-fun"})
    void theTransformer(String name) {
        assertThat(transformer(name, ScalarType.Float, Residency.STREAMED))
                .containsExactly(transformer(name, ScalarType.Float, Residency.RESIDENT));
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Half", "BFloat16"})
    void theTransformerInSixteenBits(ScalarType dtype) {
        float[] streamed = transformer("t2v-2b", dtype, Residency.STREAMED);
        assertThat(streamed).containsExactly(transformer("t2v-2b", dtype, Residency.RESIDENT));
        float[] wide = transformer("t2v-2b", ScalarType.Float, Residency.RESIDENT);
        assertThat(streamed).isNotEqualTo(wide);
        for (int i = 0; i < wide.length; i++) {
            assertThat(streamed[i]).as("number %d", i).isCloseTo(wide[i], within(0.1f));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ScalarType.class,
            names = {"Float", "BFloat16"})
    void theTransformerInEightBits(ScalarType dtype) {
        float[] streamed =
                transformer("t2v-2b", placement(dtype, Residency.STREAMED).quantized(Quantization.INT8));
        assertThat(streamed)
                .containsExactly(transformer(
                        "t2v-2b", placement(dtype, Residency.RESIDENT).quantized(Quantization.INT8)));
        float[] wide = transformer("t2v-2b", dtype, Residency.RESIDENT);
        assertThat(streamed).isNotEqualTo(wide);
        for (int i = 0; i < wide.length; i++) {
            assertThat(streamed[i]).as("number %d", i).isCloseTo(wide[i], within(0.1f));
        }
    }

    @Test
    void theTextEncoder() {
        assertThat(text(Residency.STREAMED)).containsExactly(text(Residency.RESIDENT));
    }

    @Test
    void theVae() {
        assertThat(decoded(Residency.STREAMED)).containsExactly(decoded(Residency.RESIDENT));
    }

    @Test
    void nothingIsLeftBetweenUses() {
        text(Residency.STREAMED);
        transformer("t2v-5b", ScalarType.BFloat16, Residency.STREAMED);
        Placement bytes = placement(ScalarType.Float, Residency.STREAMED).quantized(Quantization.INT8);
        transformer("t2v-5b", bytes);
        long before = LivePointers.settled();
        text(Residency.STREAMED);
        transformer("t2v-5b", ScalarType.BFloat16, Residency.STREAMED);
        transformer("t2v-5b", bytes);
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static float[] transformer(String name, ScalarType dtype, Residency residency) {
        return transformer(name, placement(dtype, residency));
    }

    private static float[] transformer(String name, Placement placement) {
        Path folder = Golden.folder(name).resolve("model/transformer");
        TransformerConfig c = TransformerConfig.read(folder.resolve("config.json"));
        Size size = new Size(c.maxTextLength(), 2 * c.framesPerPatch(), c.sampleHeight(), c.sampleWidth());
        return inScope(rng -> {
            try (Checkpoint files = Checkpoint.open(folder, ScalarType.Float);
                    Positions positions = Positions.of(c, size)) {
                Tensor latents = rng.randn(2, size.frames(), c.inChannels(), size.height(), size.width());
                Tensor text = rng.randn(2, size.textTokens(), c.textEmbedDim());
                Tensor time = Tensors.of(new long[] {700, 700}, 2);
                return files.onDemand(w -> new ExpertTransformer(w, c), placement)
                        .use(network -> network.forward(latents, text, time, positions));
            }
        });
    }

    private static float[] text(Residency residency) {
        Path folder = Golden.folder("t2v-2b").resolve("model/text_encoder");
        T5Config config = T5Config.read(ConfigFile.read(folder.resolve("config.json")));
        Placement placement = placement(ScalarType.BFloat16, residency);
        return inScope(rng -> {
            try (Checkpoint files = Checkpoint.open(folder, ScalarType.Float)) {
                Tensor ids = Tensors.of(new long[] {3, 40, 1, 0, 9, 1, 0, 0}, 2, 4);
                return T5Encoder.of(files, config, placement).use(network -> network.forward(ids));
            }
        });
    }

    private static float[] decoded(Residency residency) {
        Path folder = Golden.folder("t2v-2b").resolve("model/vae");
        VaeConfig config = VaeConfig.read(folder.resolve("config.json"));
        return inScope(rng -> {
            try (Checkpoint files = Checkpoint.open(folder, placement(ScalarType.Float, residency))) {
                return files.load(w -> new Vae(w, config)).decode(rng.randn(1, config.latentChannels(), 3, 2, 2));
            }
        });
    }

    private static Placement placement(ScalarType dtype, Residency residency) {
        return new Placement(dtype, Device.CPU, residency);
    }

    private static float[] inScope(Function<Rng, Tensor> body) {
        try (Rng rng = new Rng(4)) {
            return Scopes.run(() -> Tensors.floats(body.apply(rng)));
        }
    }
}
