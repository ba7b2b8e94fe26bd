package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.video.VideoInfo;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code kinema generate} with a small random checkpoint: what it writes and says. */
class GenerateCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
    }

    @Test
    void writesAVideoAndPrintsItsNameAlone() {
        Path out = folder.resolve("video.mp4");

        Run run = generate(out, "--seed", "5");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(out + System.lineSeparator());
        assertThat(run.err())
                .contains("seed 5")
                .contains("denoise ")
                .contains("wrote " + out + ": 9 frames of 96x64 at 8 fps");
        VideoInfo info = VideoInfo.probe(out);
        assertThat(info.codec()).isEqualTo("h264");
        assertThat(info.frames()).isEqualTo(9);
        assertThat(info.width()).isEqualTo(96);
        assertThat(info.height()).isEqualTo(64);
        assertThat(info.fps()).isEqualTo(8);
        assertThat(info.provenance()).contains("\"seed\":5", "\"prompt\":\"a bird\"", "\"steps\":2");
    }

    @Test
    void anySettingCanBeGivenByItsName() {
        Path named = folder.resolve("named.gif");
        Path plain = folder.resolve("plain.gif");

        Run run = Run.kinema(
                "generate",
                "a bird",
                "--model",
                model.toString(),
                "--seed",
                "5",
                "--out",
                named.toString(),
                "--set",
                "steps=1",
                "--set",
                "negative=a = b");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(generate(plain, "--seed", "5", "--steps", "1", "--negative", "a = b")
                        .code())
                .isZero();
        assertThat(named).hasSameBinaryContentAs(plain);
    }

    @Test
    void settingsThatTheModelDoesNotHaveAreRefused() {
        Path out = folder.resolve("video.gif");

        Run unknown = generate(out, "--set", "base.guidance=3");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(unknown.lastError())
                .isEqualTo("kinema: this model has no setting 'base.guidance'; it has negative, scheduler, spacing,"
                        + " steps, timesteps, guidance, dynamic-guidance, cache, calibration, min-psnr, draft, compat");
        Run twice = generate(out, "--steps", "2", "--set", "steps=3");
        assertThat(twice.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(twice.lastError()).isEqualTo("kinema: --steps and --set steps are the same; give one of them");
        assertThat(out).doesNotExist();
    }

    @Test
    void timestepsCanBeNamed() {
        Path out = folder.resolve("video.mp4");

        Run run = Run.kinema(
                "generate",
                "a bird",
                "--model",
                model.toString(),
                "--timesteps",
                "999,856,665,399",
                "--guidance",
                "1",
                "--out",
                out.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(VideoInfo.probe(out).provenance())
                .contains("\"steps\":4", "\"timesteps\":\"999,856,665,399\"", "\"guidance\":1.0");
    }

    @Test
    void timestepsThatAreNoWayFromNoiseToPictureAreRefused() {
        Path out = folder.resolve("video.mp4");
        String range = "kinema: timesteps must be falling from at most 999 to at least 0, found ";

        assertThat(generate(out, "--timesteps", "1000,500").lastError()).isEqualTo(range + "'1000,500'");
        assertThat(generate(out, "--timesteps", "500,500").lastError()).isEqualTo(range + "'500,500'");
        assertThat(generate(out, "--timesteps", "noise").lastError())
                .isEqualTo(
                        "kinema: timesteps must be whole numbers with commas between them, falling from at most 999 to"
                                + " at least 0, found 'noise'");
        assertThat(generate(out, "--timesteps", "999,500", "--steps", "3").lastError())
                .isEqualTo(
                        "kinema: steps is 3, and timesteps names 2; a step is taken at each of them, so leave steps out");
        Run compat = generate(out, "--timesteps", "999,500", "--compat");
        assertThat(compat.lastError())
                .isEqualTo(
                        "kinema: compat repeats the Python implementation's choice of timesteps, and timesteps chooses"
                                + " others; leave one of them out");
        assertThat(compat.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(out).doesNotExist();
    }

    @Test
    void aCacheIsReportedAndMeasured() throws IOException {
        Path out = folder.resolve("video.gif");

        Run run = generate(out, "--seed", "5", "--steps", "8", "--cache", "extrapolate:2", "--verify", "--json");

        assertThat(run.code()).as(run.err()).isZero();
        JsonNode cache = new ObjectMapper().readTree(run.out()).path("cache");
        assertThat(cache.path("computed").asInt()).isEqualTo(7);
        assertThat(cache.path("estimated").asInt()).isEqualTo(1);
        assertThat(cache.path("psnr").asDouble()).isBetween(20.0, 100.0);
        assertThat(cache.path("worstPsnr").asDouble())
                .isBetween(20.0, cache.path("psnr").asDouble());
        assertThat(cache.path("ssim").asDouble()).isBetween(0.5, 1.0);
        assertThat(cache.path("expectedPsnr").asDouble()).isPositive();
    }

    @Test
    void verifyingNeedsSomethingToVerify() {
        Path out = folder.resolve("video.gif");

        assertThat(generate(out, "--verify").lastError())
                .isEqualTo("kinema: --verify compares videos made with --cache with those made without, and is not for"
                        + " --prompts");
        assertThat(generate(out, "--min-psnr", "30").lastError())
                .isEqualTo("kinema: min-psnr bounds what cache may cost, and cache is not set; set it, such as to"
                        + " extrapolate");
        assertThat(generate(out, "--cache", "taylor").lastError())
                .isEqualTo("kinema: cache must be extrapolate[:N], N from 2 to 99, mag[:THRESHOLD] or tea[:THRESHOLD],"
                        + " THRESHOLD from 0 to 99, found 'taylor'");
        assertThat(generate(out, "--cache", "mag", "--scheduler", "dpm").lastError())
                .startsWith("kinema: this cache goes by how the model's steps differ, which ")
                .endsWith(" --scheduler dpm' makes it");
        assertThat(out).doesNotExist();
    }

    @Test
    void jsonIsOneObjectAndNothingElse() throws IOException {
        Path out = folder.resolve("video.gif");

        Run run = generate(out, "--seed", "6", "--fps", "12.5", "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).hasLineCount(1);
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("file").asText()).isEqualTo(out.toString());
        assertThat(json.path("seed").asLong()).isEqualTo(6);
        assertThat(json.path("frames").asInt()).isEqualTo(9);
        assertThat(json.path("width").asInt()).isEqualTo(96);
        assertThat(json.path("height").asInt()).isEqualTo(64);
        assertThat(json.path("fps").asDouble()).isEqualTo(12.5);
        assertThat(json.path("tokens").asInt()).isPositive();
        assertThat(json.path("cutText").asText()).isEmpty();
        assertThat(json.path("provenance").path("settings").path("scheduler").asText())
                .isEqualTo("ddim");
        List<String> stages = new ArrayList<>();
        json.path("seconds").fieldNames().forEachRemaining(stages::add);
        assertThat(stages).containsExactly("load", "text", "denoise", "decode", "write", "total");
        assertThat(json.path("stepSeconds")).hasSize(2);
    }

    @Test
    void tensorsHaveTheNamesAndTypesOfTheirKind() {
        Path tensors = folder.resolve("t.safetensors");

        Run run = generate(folder.resolve("video.webm"), "--tensors", tensors.toString());

        assertThat(run.code()).as(run.err()).isZero();
        Map<String, Safetensors.Entry> entries = Safetensors.header(tensors);
        assertThat(entries).containsOnlyKeys("ids", "prompt_embeds", "latents_step0", "latents_step1", "video");
        assertThat(entries.get("ids").dtype()).isEqualTo(ScalarType.Long);
        assertThat(entries.get("latents_step1").shape()).containsExactly(1, 3, 16, 8, 12);
        assertThat(entries.get("video").dtype()).isEqualTo(ScalarType.Float);
        assertThat(entries.get("video").shape()).containsExactly(9, 64, 96, 3);
    }

    @Test
    void sameSeedWritesTheSameFrames() throws IOException {
        Path first = folder.resolve("first/");
        Path second = folder.resolve("second/");

        generate(first + "/", "--seed", "7", "--threads", "1");
        generate(second + "/", "--seed", "7", "--threads", "1");

        assertThat(second.resolve("0008.png")).hasSameBinaryContentAs(first.resolve("0008.png"));
    }

    @Test
    void earlierFileIsReplacedAndSaidSo() throws IOException {
        Path out = Files.writeString(folder.resolve("video.mp4"), "earlier");

        Run run = generate(out);

        assertThat(run.err()).contains("replaced " + out);
        assertThat(VideoInfo.probe(out).frames()).isEqualTo(9);
    }

    @Test
    void whatTheModelWasNotMadeForIsToldBeforeItStarts() throws IOException {
        Files.writeString(model.resolve("words.txt"), "# remark: no word\nsubjects: bird, rocket\narticles: a, in\n");
        String out = folder.resolve("video.mp4").toString();
        String[] args = {
            "generate", "A rockt in Paris", "--model", model.toString(), "--out", out, "--steps", "1", "--size", "64x64"
        };

        Run run = Run.kinema(args);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err().lines())
                .startsWith(
                        "warning: this model was made for 96x64 and 9 frames: of 64x64 and 9 frames the pictures may fall"
                                + " apart",
                        "warning: this model never saw 'rockt' (nearest: rocket), 'paris'; 'kinema inspect' lists what it"
                                + " knows");
        assertThat(Run.kinema("generate", "a bird", "--model", model.toString(), "--out", out, "--steps", "1")
                        .err())
                .doesNotContain("warning");
    }

    @Test
    void longPromptIsCutWithAShortWarning() {
        Path out = folder.resolve("video.mp4");

        Run run = Run.kinema(
                "generate",
                "a bird sings ".repeat(10_000) + "END",
                "--model",
                model.toString(),
                "--out",
                out.toString(),
                "--steps",
                "1");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("warning: the prompt is too long: the model sees its first 226 tokens, not \"")
                .contains("END\"");
        assertThat(run.err().lines()).allMatch(line -> line.length() < 200);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancelledRunLeavesNothing(boolean json) {
        Path out = folder.resolve("video.mp4");
        Cancellation cancellation = new Cancellation();
        StringWriter outText = new StringWriter();
        StringWriter err = new StringWriter();
        Console console = new Console(new PrintWriter(outText), new PrintWriter(err), true, cancellation);
        cancellation.request();

        List<String> args =
                new ArrayList<>(List.of("generate", "a", "--model", model.toString(), "--out", out.toString()));
        if (json) {
            args.add("--json");
        }
        int code = Main.run(console, args.toArray(String[]::new));

        assertThat(code).isEqualTo(130);
        assertThat(err.toString()).endsWith("kinema: cancelled; nothing half-written is left" + System.lineSeparator());
        assertThat(outText.toString()).isEmpty();
        assertThat(folder).isDirectoryNotContaining("glob:**/*.{mp4,part,partial}");
    }

    static Stream<Arguments> impossible() {
        return Stream.of(
                arguments(List.of("--frames", "10"), "frames must be 8k+1 for CogVideoX, found 10; nearest: 9"),
                arguments(List.of("--size", "100x64"), "width must be a multiple of 16, found 100; nearest: 96"),
                arguments(List.of("--steps", "2000"), "steps"));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void whatTheModelCannotDoIsSaid(List<String> options, String message) {
        Path out = folder.resolve("video.mp4");

        Run run = generate(out, options.toArray(String[]::new));

        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.lastError()).startsWith("kinema: ").contains(message);
        assertThat(out).doesNotExist();
    }

    private Run generate(Path out, String... options) {
        return generate(out.toString(), options);
    }

    private Run generate(String out, String... options) {
        List<String> args = new ArrayList<>(List.of("generate", "a bird", "--model", model.toString(), "--out", out));
        args.addAll(List.of(options));
        if (!args.contains("--steps")) {
            args.addAll(List.of("--steps", "2"));
        }
        return Run.kinema(args.toArray(String[]::new));
    }
}
