package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import kinema.diffusion.SchedulerType;
import kinema.files.Names;
import kinema.system.OpenOptions;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.Pictures;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole generations from published layouts against the authors' implementation, step by step; made by
 * cogvideox_golden.py. {@code -Dkinema.golden.cogvideox=DIR} takes other cases of the same form.
 */
class CogVideoXParityTest {
    private static final int CASES = 13;
    private static final double STATES = 1e-5;
    private static final double LATENTS = 1e-4;
    private static final double VIDEO = 1e-3;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    /** The folders of cases: the project's own, or those in the folder that a system property names. */
    static List<Path> cases() throws IOException {
        String folder = System.getProperty("kinema.golden.cogvideox");
        try (Stream<Path> all = Files.list(folder == null ? Golden.file("cogvideox") : Path.of(folder))) {
            List<Path> cases = all.filter(file -> Files.exists(file.resolve("request.json")))
                    .sorted()
                    .toList();
            assertThat(cases).hasSizeGreaterThanOrEqualTo(folder == null ? CASES : 1);
            return cases;
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyStepEqualsTheReference(Path listed, TestReporter reporter) throws IOException {
        Path folder = Golden.written(listed);
        JsonNode request =
                new ObjectMapper().readTree(folder.resolve("request.json").toFile());
        try (VideoModel model = Kinema.open(folder.resolve("model"), options(folder, request));
                Generation made = model.generate(request(folder, request), GenerationListener.NONE);
                Safetensors expected = Safetensors.open(folder.resolve("expected.safetensors"))) {
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
            Golden.Difference video = Golden.videoDifference(made.tensors().get("video"), expected);
            reporter.publishEntry(folder.getFileName() + " video", video.toString());
            assertThat(video.worst()).as("video: %s", video).isLessThanOrEqualTo(VIDEO);
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

    private static OpenOptions options(Path folder, JsonNode r) {
        JsonNode lora = r.path("lora");
        if (lora.isMissingNode()) {
            return OpenOptions.DEFAULT;
        }
        Path file = folder.resolve(lora.path("file").asText());
        return OpenOptions.DEFAULT.withLora(file, lora.path("scale").asDouble());
    }

    private static GenerationRequest request(Path folder, JsonNode r) {
        GenerationRequest.Builder request = GenerationRequest.of(
                        r.path("prompt").asText())
                .negative(r.path("negative").asText(""))
                .seed(r.path("seed").asLong())
                .steps(r.path("steps").asInt())
                .guidance(r.path("guidance").asDouble())
                .dynamicGuidance(r.path("dynamic").asBoolean())
                .size(r.path("width").asInt(), r.path("height").asInt())
                .frames(r.path("num_frames").asInt())
                .scheduler(Names.parse(
                        SchedulerType.class, "scheduler", r.path("scheduler").asText()))
                .compat(r.path("compat").asBoolean())
                .tensors(true);
        if (r.has("tile")) {
            request.tile(r.path("tile").path(1).asInt(), r.path("tile").path(0).asInt());
        }
        condition(folder, r).ifPresent(request::condition);
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
