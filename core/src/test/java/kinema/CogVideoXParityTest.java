package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import kinema.diffusion.SchedulerType;
import kinema.system.OpenOptions;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.Pictures;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole generations from published layouts against the authors' implementation, step by step. */
class CogVideoXParityTest {
    private static final double STATES = 1e-5;
    private static final double LATENTS = 1e-4;
    private static final double VIDEO = 1e-3;

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
                "t2v-1.5",
                "compat-5b",
                "tiled-5b",
                "i2v-5b",
                "i2v-1.5",
                "v2v-5b",
                "control-fun",
                "lora-5b"
            })
    void everyStepEqualsTheReference(String name, @TempDir Path temp, TestReporter reporter) throws IOException {
        JsonNode request = new ObjectMapper()
                .readTree(Golden.folder(name).resolve("request.json").toFile());
        try (VideoModel model = Kinema.open(Golden.model(name, temp), options(name, request));
                Generation made = model.generate(request(name, request), GenerationListener.NONE);
                Safetensors expected = Safetensors.open(Golden.folder(name).resolve("expected.safetensors"))) {
            assertThat(made.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(expected.entries().keySet());
            assertThat(Tensors.longs(made.tensors().get("ids"))).containsExactly(longs(expected, "ids"));
            check(made, expected, "prompt_embeds", STATES, reporter);
            long steps = made.tensors().keySet().stream()
                    .filter(key -> key.startsWith("latents_step"))
                    .count();
            for (int i = 0; i < steps; i++) {
                check(made, expected, "latents_step" + i, LATENTS, reporter);
            }
            check(made, expected, "video", VIDEO, reporter);
            assertThat(made.video().frames()).hasSize(request.path("num_frames").asInt());
        }
    }

    private static void check(
            Generation made, Safetensors expected, String key, double tolerance, TestReporter reporter) {
        try (var wanted = expected.tensor(key)) {
            assertThat(made.tensors().get(key).shape()).as(key).containsExactly(wanted.shape());
            Golden.Difference d = Golden.difference(made.tensors().get(key), wanted);
            reporter.publishEntry(key, d.toString());
            assertThat(d.worst()).as("%s: %s", key, d).isLessThanOrEqualTo(tolerance);
        }
    }

    private static long[] longs(Safetensors file, String key) {
        try (var tensor = file.tensor(key)) {
            return Tensors.longs(tensor);
        }
    }

    private static OpenOptions options(String name, JsonNode r) {
        JsonNode lora = r.path("lora");
        if (lora.isMissingNode()) {
            return OpenOptions.DEFAULT;
        }
        Path file = Golden.folder(name).resolve(lora.path("file").asText());
        return OpenOptions.DEFAULT.withLora(file, lora.path("scale").asDouble());
    }

    private static GenerationRequest request(String name, JsonNode r) {
        GenerationRequest.Builder request = GenerationRequest.of(
                        r.path("prompt").asText())
                .negative(r.path("negative").asText(""))
                .seed(r.path("seed").asLong())
                .steps(r.path("steps").asInt())
                .guidance(r.path("guidance").asDouble())
                .dynamicGuidance(r.path("dynamic").asBoolean())
                .size(r.path("width").asInt(), r.path("height").asInt())
                .frames(r.path("num_frames").asInt())
                .scheduler(SchedulerType.parse(r.path("scheduler").asText()))
                .compat(r.path("compat").asBoolean())
                .tensors(true);
        if (r.has("tile")) {
            request.tile(r.path("tile").path(1).asInt(), r.path("tile").path(0).asInt());
        }
        condition(Golden.folder(name), r).ifPresent(request::condition);
        return request.build();
    }

    private static Optional<PictureCondition> condition(Path folder, JsonNode r) {
        return switch (r.path("mode").asText()) {
            case "i2v" ->
                Optional.of(PictureCondition.image(
                        Pictures.read(folder.resolve(r.path("image").asText()))));
            case "v2v" ->
                Optional.of(PictureCondition.video(
                        Pictures.readAll(folder.resolve("frames")),
                        r.path("strength").asDouble()));
            case "fun" -> Optional.of(PictureCondition.control(Pictures.readAll(folder.resolve("frames"))));
            default -> Optional.empty();
        };
    }
}
