package kinema.cogvideox.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import kinema.cogvideox.transformer.Positions.Size;
import kinema.tensor.Scopes;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One forward of every variant's transformer against the authors' implementation; made by cogvideox_golden.py. */
class TransformerParityTest {
    private static final double TOLERANCE = 1e-5;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "t2v-2b",
                "t2v-2b-size",
                "t2v-5b",
                "t2v-5b-size",
                "t2v-5b-nocfg",
                "i2v-5b",
                "t2v-1.5",
                "i2v-1.5",
                "control-fun"
            })
    void forwardEqualsTheReference(String name, TestReporter reporter) {
        compare(name, Golden.folder(name), reporter);
    }

    /** Other numbers of heads and blocks, other frames, portrait shapes. */
    @ParameterizedTest
    @ValueSource(strings = {"portrait-2b", "long-5b", "portrait-1.5"})
    void otherSizesEqualTheReference(String name, TestReporter reporter) {
        compare(name, Golden.file("sizes/" + name), reporter);
    }

    private static void compare(String name, Path golden, TestReporter reporter) {
        Path folder = golden.resolve("model/transformer");
        TransformerConfig config = TransformerConfig.read(folder.resolve("config.json"));
        try (Checkpoint checkpoint = Checkpoint.open(folder, ScalarType.Float);
                Safetensors inputs = Safetensors.open(golden.resolve("inputs.safetensors"));
                Safetensors expectedFile = Safetensors.open(golden.resolve("transformer.safetensors"))) {
            ExpertTransformer transformer = checkpoint.load(w -> new ExpertTransformer(w, config));
            Scopes.run(() -> {
                Tensor latents = inputs.tensor("latents");
                Tensor text = inputs.tensor("text");
                Size size = new Size(text.size(1), latents.size(1), latents.size(3), latents.size(4));
                try (Positions positions = Positions.of(config, size)) {
                    Tensor output = transformer.forward(latents, text, expectedFile.tensor("timestep"), positions);
                    Tensor expected = expectedFile.tensor("output");
                    assertThat(output.shape()).containsExactly(expected.shape());
                    Golden.Difference d = Golden.difference(output, expected);
                    reporter.publishEntry("transformer " + name, d.toString());
                    assertThat(d.worst()).as("%s: %s", name, d).isLessThanOrEqualTo(TOLERANCE);
                }
            });
        }
    }
}
