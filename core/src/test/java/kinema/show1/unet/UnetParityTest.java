package kinema.show1.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One forward of each of the five networks against the authors' implementation; made by show1_golden.py. */
class UnetParityTest {
    private static final double TOLERANCE = 1e-5;

    private static final Path FOLDER = Golden.file("show1");

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    /** The sizes are none that the cascade has: an odd number of rows of latents comes back as it was. */
    @ParameterizedTest
    @CsvSource({
        "base, show-1-base, -1",
        "interp, show-1-interpolation, -1",
        "sr1, show-1-sr1, 250",
        "if2, IF-II-L-v1.0, 150",
        "sr2, show-1-sr2, -1"
    })
    void predictionsEqualTheReference(String name, String stage, long noiseLevel, TestReporter reporter) {
        Path weights = FOLDER.resolve(stage).resolve("unet");
        UnetConfig config = UnetConfig.read(ConfigFile.read(weights.resolve("config.json")));
        try (Safetensors golden = Safetensors.open(FOLDER.resolve("components.safetensors"));
                Checkpoint file = Checkpoint.open(weights, ScalarType.Float)) {
            float[] resident = predict(file, config, Residency.RESIDENT, golden, name, noiseLevel);
            float[] streamed = predict(file, config, Residency.STREAMED, golden, name, noiseLevel);
            assertThat(streamed).isEqualTo(resident);
            Scopes.run(() -> {
                Tensor expected = golden.tensor(name + "_out");
                Golden.Difference d = Golden.difference(Tensors.of(resident, expected.shape()), expected);
                reporter.publishEntry(name, d.toString());
                assertThat(d.max()).as("%s: %s", name, d).isLessThanOrEqualTo(TOLERANCE * d.scale());
            });
        }
    }

    private static float[] predict(
            Checkpoint file, UnetConfig config, Residency residency, Safetensors golden, String name, long noiseLevel) {
        Placement placement = Placement.resident(ScalarType.Float);
        OnDemand<Unet> network = file.onDemand(
                w -> new Unet(w, config), residency == Residency.STREAMED ? placement.streamed() : placement);
        return network.use(unet -> Scopes.run(() -> {
            Unet.Text text = unet.text(texts(config, golden));
            Tensor time = Tensors.of(new long[] {301, 301}, 2);
            Tensor level = noiseLevel < 0 ? null : Tensors.of(new long[] {noiseLevel, noiseLevel}, 2);
            return Tensors.floats(unet.forward(golden.tensor(name + "_in"), time, level, text));
        }));
    }

    private static Tensor texts(UnetConfig config, Safetensors golden) {
        if (config.kind() == UnetConfig.Kind.PIXEL) {
            return Tensors.cat(0, golden.tensor("negative_embeds"), golden.tensor("prompt_embeds"));
        }
        Tensor clip = golden.tensor("clip_states");
        return Tensors.cat(0, clip, clip.flip(1));
    }
}
