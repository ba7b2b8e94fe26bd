package kinema.show1.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.nn.Posterior;
import kinema.tensor.Scopes;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.LeafSpec;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import kinema.weights.ShapeTree;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The autoencoder against diffusers'; made by show1_golden.py. */
class FrameVaeTest {
    private static final double TOLERANCE = 1e-5;

    private static final Path FOLDER = Golden.file("show1");

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void momentsAndPicturesEqualTheReference(TestReporter reporter) {
        try (Checkpoint file = open();
                Safetensors golden = Safetensors.open(FOLDER.resolve("components.safetensors"))) {
            FrameVae vae = file.load(w -> new FrameVae(w, config()));
            Scopes.run(() -> {
                Posterior posterior = vae.encode(golden.tensor("vae_in"));
                check("vae_mean", posterior.mean(), golden, reporter);
                check("vae_std", posterior.logVariance().mul(new Scalar(0.5)).exp(), golden, reporter);
                check("vae_out", vae.decode(golden.tensor("vae_latents")), golden, reporter);
            });
        }
    }

    @Test
    void thePublishedOneHasItsPublishedSize() {
        long count = ShapeTree.of(w -> new FrameVae(w, FrameVaeConfig.STABLE_DIFFUSION)).stream()
                .mapToLong(LeafSpec::count)
                .sum();
        assertThat(count).isEqualTo(83_653_863);
    }

    @Test
    void attentionMayHaveItsOldNames(@TempDir Path other) throws IOException {
        try (Checkpoint file = open()) {
            Map<String, Tensor> renamed = new LinkedHashMap<>();
            file.tensors().forEach((key, tensor) -> renamed.put(oldName(key), tensor.read()));
            SafetensorsWriter.write(other.resolve("model.safetensors"), renamed, Map.of());
            renamed.values().forEach(Tensor::close);
        }
        try (Checkpoint file = Checkpoint.open(other, ScalarType.Float)) {
            assertThatThrownBy(() -> file.check(w -> new FrameVae(w, config()))).isInstanceOf(WeightsException.class);
            FrameVae.alias(file);
            file.check(w -> new FrameVae(w, config()));
        }
    }

    @Test
    void sizesThatDoNotFitAreNamedAndNothingIsLeft() {
        try (Checkpoint file = open()) {
            FrameVae vae = file.load(w -> new FrameVae(w, config()));
            Runnable once = () -> Scopes.run(() -> {
                assertThatThrownBy(() -> vae.encode(torch.zeros(1, 3, 24, 20)))
                        .hasMessage("rows and columns must be multiples of 8, found 24 and 20");
                assertThatThrownBy(() -> vae.decode(torch.zeros(1, 3, 2, 2)))
                        .hasMessage("latents must have shape (?, 4, ?, ?), found (1, 3, 2, 2)");
                vae.decode(torch.zeros(1, 4, 2, 2));
            });
            once.run();
            long before = LivePointers.settled();
            once.run();
            assertThat(LivePointers.now()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "act_fn | \"gelu\" | 'act_fn' must be silu, found gelu",
                "in_channels | 4 | 'in_channels' must be 3, found 4",
                "down_block_types | [\"AttnDownEncoderBlock2D\"] | 'down_block_types' must be DownEncoderBlock2D",
                "block_out_channels | [8, 9] | block_out_channels must be multiples of 4 (norm_num_groups), found 9",
                "scaling_factor | 0 | scaling_factor must be positive, found 0.0",
                "layers_per_block | 0 | 'layers_per_block' must be a whole number from 1 to 100, found 0",
            })
    void whatNoShow1HasIsRefused(String key, String value, String message, @TempDir Path other) throws IOException {
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode)
                json.readTree(FOLDER.resolve("show-1-sr2/vae/config.json").toFile());
        config.set(key, json.readTree(value));
        Path changed = Files.writeString(other.resolve("config.json"), config.toString());
        assertThatThrownBy(() -> FrameVaeConfig.read(ConfigFile.read(changed)))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(changed + ": ")
                .hasMessageContaining(message);
    }

    private static String oldName(String key) {
        return key.replace("attentions.0.to_q", "attentions.0.query")
                .replace("attentions.0.to_k", "attentions.0.key")
                .replace("attentions.0.to_v", "attentions.0.value")
                .replace("attentions.0.to_out.0", "attentions.0.proj_attn");
    }

    private static void check(String name, Tensor found, Safetensors golden, TestReporter reporter) {
        Golden.Difference d = Golden.difference(found, golden.tensor(name));
        reporter.publishEntry(name, d.toString());
        assertThat(d.worst()).as("%s: %s", name, d).isLessThanOrEqualTo(TOLERANCE);
    }

    private static Checkpoint open() {
        return Checkpoint.open(FOLDER.resolve("show-1-sr2/vae"), ScalarType.Float);
    }

    private static FrameVaeConfig config() {
        return FrameVaeConfig.read(ConfigFile.read(FOLDER.resolve("show-1-sr2/vae/config.json")));
    }
}
