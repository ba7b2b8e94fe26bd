package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import kinema.Provenance;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import kinema.video.Picture;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Several videos of one command: {@code --count} and {@code --prompts}. */
class BatchTest {
    private static final String OUT = "clip-{line}.gif";

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path prompts = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        prompts = folder.resolve("prompts.jsonl");
    }

    @Test
    void countFollowsTheSeed() {
        Run run = Run.kinema(args("a bird", "--seed", "7", "--count", "3", "--out", folder + "/{seed}.gif"));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).containsExactly(folder + "/7.gif", folder + "/8.gif", folder + "/9.gif");
        for (long seed = 7; seed <= 9; seed++) {
            assertThat(provenance(seed + ".gif").sampling().seed()).isEqualTo(seed);
        }
        Run single = Run.kinema(args("a bird", "--seed", "8", "--out", folder + "/single.gif"));
        assertThat(single.code()).isZero();
        assertThat(folder.resolve("single.gif")).hasSameBinaryContentAs(folder.resolve("8.gif"));
    }

    @Test
    void everyLineBecomesAVideoAsItSaysAndElseAsTheCommandSays() throws IOException {
        write(
                "{\"prompt\": \"a bird\", \"guidance\": 2.5, \"size\": \"32x32\"}",
                "",
                "{\"prompt\": \"--a dash\", \"seed\": 9, \"negative\": \"-rain\", \"dynamic-guidance\": true}",
                "{\"prompt\": \"a fox\", \"set\": {\"steps\": 1}, \"scheduler\": \"dpm\", \"out\": \"" + folder
                        + "/fox.webm\"}");

        Run run = batch("--guidance", "3", "--scheduler", "ddim");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines())
                .containsExactly(folder + "/clip-1.gif", folder + "/clip-3.gif", folder + "/fox.webm");
        assertThat(run.err()).endsWith("3 videos: 3 made, 0 finished before, 0 failed" + System.lineSeparator());
        Provenance first = provenance("clip-1.gif");
        assertThat(first.sampling().seed()).isEqualTo(1);
        assertThat(setting(first, "guidance")).isEqualTo(2.5);
        assertThat(first.size().width()).isEqualTo(32);
        Provenance second = provenance("clip-3.gif");
        assertThat(second.sampling().prompt()).isEqualTo("--a dash");
        assertThat(setting(second, "negative")).isEqualTo("-rain");
        assertThat(second.sampling().seed()).isEqualTo(9);
        assertThat(setting(second, "guidance")).isEqualTo(3.0);
        assertThat(setting(second, "dynamic-guidance")).isEqualTo(true);
        assertThat(setting(second, "scheduler")).hasToString("ddim");
        Provenance third = provenance("fox.webm");
        assertThat(setting(third, "steps")).isEqualTo(1);
        assertThat(setting(third, "scheduler")).hasToString("dpm");
    }

    @Test
    void aLinesSettingsCountBeforeTheCommandsHoweverTheyAreWritten() throws IOException {
        write(
                "{\"prompt\": \"a bird\", \"negative\": \"fog\"}",
                "{\"prompt\": \"a fox\", \"set\": {\"negative\": \"hail\", \"guidance\": 2}}");

        Run run = batch("--set", "negative=rain", "--set", "dynamic-guidance=true", "--guidance", "3");

        assertThat(run.code()).as(run.err()).isZero();
        Provenance first = provenance("clip-1.gif");
        assertThat(setting(first, "negative")).isEqualTo("fog");
        assertThat(setting(first, "dynamic-guidance")).isEqualTo(true);
        assertThat(setting(first, "guidance")).isEqualTo(3.0);
        Provenance second = provenance("clip-2.gif");
        assertThat(setting(second, "negative")).isEqualTo("hail");
        assertThat(setting(second, "dynamic-guidance")).isEqualTo(true);
        assertThat(setting(second, "guidance")).isEqualTo(2.0);
    }

    @Test
    void whatIsFinishedIsPassedOverAndWhatChangedIsMadeAgain() throws IOException {
        write("{\"prompt\": \"a bird\"}", "{\"prompt\": \"a fox\"}", "{\"prompt\": \"a boat\"}");
        batch();
        FileTime early = FileTime.fromMillis(0);
        for (int line = 1; line <= 3; line++) {
            Files.setLastModifiedTime(folder.resolve("clip-" + line + ".gif"), early);
        }
        Files.writeString(folder.resolve("clip-2.gif"), "half a file");
        write("{\"prompt\": \"a bird\"}", "{\"prompt\": \"a fox\"}", "{\"prompt\": \"a ship\"}");

        Run run = batch();

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains(prompts + ":1: " + folder + "/clip-1.gif is finished")
                .contains("3 videos: 2 made, 1 finished before, 0 failed");
        assertThat(Files.getLastModifiedTime(folder.resolve("clip-1.gif"))).isEqualTo(early);
        assertThat(provenance("clip-2.gif").sampling().prompt()).isEqualTo("a fox");
        assertThat(provenance("clip-3.gif").sampling().prompt()).isEqualTo("a ship");
    }

    /** Another machine would choose another dtype by itself. */
    @Test
    void aBatchThatGoesOnComputesInWhatItBeganIn() throws IOException {
        write("{\"prompt\": \"a bird\"}");
        assertThat(batch("--dtype", "bf16").code()).isZero();
        write("{\"prompt\": \"a bird\"}", "{\"prompt\": \"a fox\"}");

        Run again = batch();

        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err()).contains("2 videos: 1 made, 1 finished before, 0 failed");
        assertThat(provenance("clip-2.gif").model().dtype()).isEqualTo(Precision.BF16);
        assertThat(batch("--dtype", "fp32").err()).contains("2 videos: 2 made, 0 finished before, 0 failed");
    }

    @Test
    void aBatchThatGoesOnHasMatricesOfAsManyBitsAsItBeganWith() throws IOException {
        write("{\"prompt\": \"a bird\"}");
        assertThat(batch("--quant", "int8").code()).isZero();
        write("{\"prompt\": \"a bird\"}", "{\"prompt\": \"a fox\"}");

        Run again = batch();

        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err()).contains("2 videos: 1 made, 1 finished before, 0 failed");
        assertThat(provenance("clip-2.gif").model().quant()).isEqualTo(Quantization.INT8);
        assertThat(batch("--quant", "off").err()).contains("2 videos: 2 made, 0 finished before, 0 failed");
    }

    @Test
    void oneThatFailsDoesNotStopTheOthers() throws IOException {
        write("{\"prompt\": \"a bird\", \"size\": \"8000x8000\"}", "{\"prompt\": \"a fox\"}");

        Run run = batch("--max-memory", "2G");

        assertThat(run.code()).isEqualTo(ExitCode.OUT_OF_MEMORY.number());
        assertThat(run.out()).isEqualTo(folder + "/clip-2.gif" + System.lineSeparator());
        assertThat(run.err())
                .contains("kinema: " + prompts + ":1: not enough memory for 9 frames of 8000x8000: ")
                .contains("2 videos: 1 made, 0 finished before, 1 failed");
    }

    @Test
    void aCancelledBatchGoesOnInTheMiddleOfAVideo() throws IOException {
        write("{\"prompt\": \"a bird\", \"steps\": 1}", "{\"prompt\": \"a fox\", \"steps\": 40}");

        Run run = Run.onceShown("/40, ", Cancellation::request, batchArgs());

        assertThat(run.code()).isEqualTo(130);
        assertThat(run.lastError()).endsWith("'kinema resume " + folder.resolve("clip-2.gif.kinema") + "' goes on");
        Run rest = batch();
        assertThat(rest.code()).isZero();
        assertThat(rest.err())
                .contains("going on after step ")
                .contains("2 videos: 1 made, 1 finished before, 0 failed");
        assertThat(folder.resolve("clip-2.gif.kinema")).doesNotExist();
    }

    @Test
    void theMarkOfSomeEditorsAtAFilesBeginningIsPassedOver() throws IOException {
        write("\uFEFF{\"prompt\": \"a bird\"}", "{\"prompt\": \"ein Vögel\"}");

        assertThat(batch().code()).isZero();

        assertThat(provenance("clip-2.gif").sampling().prompt()).isEqualTo("ein Vögel");
    }

    @Test
    void jsonTellsOfEveryLineWhateverBecameOfIt() throws IOException {
        write("{\"prompt\": \"a bird\"}", "{\"prompt\": \"a fox\"}");
        Files.createDirectory(folder.resolve("clip-2.gif.kinema"));
        Files.writeString(folder.resolve("clip-2.gif.kinema/request.json"), "{}");

        List<JsonNode> first = objects(batch("--json"));
        List<JsonNode> second = objects(batch("--json"));

        assertThat(first).extracting(line -> line.path("state").asText()).containsExactly("made", "failed");
        assertThat(second).extracting(line -> line.path("state").asText()).containsExactly("finished", "failed");
        for (JsonNode made : List.of(first.get(0), second.get(0))) {
            assertThat(made.path("line").asInt()).isEqualTo(1);
            assertThat(made.path("file").asText()).isEqualTo(folder + "/clip-1.gif");
            assertThat(made.path("frames").asInt()).isEqualTo(9);
            assertThat(made.path("provenance").path("prompt").asText()).isEqualTo("a bird");
        }
        assertThat(second.get(1).path("line").asInt()).isEqualTo(2);
        assertThat(second.get(1).path("error").asText())
                .endsWith("request.json: version must be 2, found none; go on" + " with the Kinema that wrote it");
        assertThat(second.get(1).path("exitCode").asInt()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private static List<JsonNode> objects(Run run) throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (String line : run.out().lines().toList()) {
            objects.add(new ObjectMapper().readTree(line));
        }
        return objects;
    }

    static Stream<Arguments> badLines() {
        String prompt = "'prompt' must say what the video shows, found ";
        String known = "known: prompt, cache, compat, control, draft, dynamic-guidance, ";
        return Stream.of(
                arguments("a bird", "not valid JSON: Unrecognized token 'a'"),
                arguments("{\0\0\0\0\0", "not valid JSON: Illegal character"),
                arguments(
                        "{'prompt': 'a'", "not valid JSON: Unexpected end-of-input: expected close marker for Object"),
                arguments("{'prompt': 'a'} {'prompt': 'b'}", "not valid JSON: Trailing token"),
                arguments("{'prompt': 'a', 'seed': 1, 'seed': 2}", "not valid JSON: Duplicate field 'seed'"),
                arguments("[1]", "expected a JSON object, found [1]"),
                arguments("{'seed': 1}", prompt + "none"),
                arguments("{'prompt': ' '}", prompt + "\" \""),
                arguments("{'prompt': 7}", prompt + "7"),
                arguments("{'promt': 'a'}", "unknown key 'promt'; " + known),
                arguments("{'prompt': 'a', 'stepz': 1}", "unknown key 'stepz'; " + known),
                arguments("{'prompt': 'a', 'model': 'b'}", "unknown key 'model'; " + known),
                arguments("{'prompt': 'a', 'steps': [1]}", "'steps' must be a text or a number, found [1]"),
                arguments("{'prompt': 'a', 'steps': null}", "'steps' must be a text or a number, found null"),
                arguments(
                        "{'prompt': 'a', 'set': 'steps=1'}",
                        "'set' must be an object of settings, such as {\"steps\": 30}, found \"steps=1\""),
                arguments("{'prompt': 'a', 'set': {'stepz': 1}}", "this model has no setting 'stepz'; did you mean"),
                arguments("{'prompt': 'a', 'compat': 1}", "'compat' must be true or false, found 1"),
                arguments("{'prompt': 'a', 'steps': 0}", "steps must be at least 1, found 0"),
                arguments("{'prompt': 'a', 'frames': 10}", "frames must be 8k+1 for CogVideoX, found 10; nearest: 9"),
                arguments(
                        "{'prompt': 'a', 'image': 'FOLDER/dot.png'}",
                        "this model is for text to video and takes a prompt alone, or a video to change, found an image;"
                                + " leave it out"),
                arguments("{'prompt': 'a', 'guidance': 0.5}", "guidance must be between 1 (off) and 1000, found 0.5"),
                arguments(
                        "{'prompt': 'a', 'steps': 2.5}",
                        "'steps': expected a whole number up to 2147483647, found '2.5'"),
                arguments("{'prompt': 'a', 'size': '32'}", "'size': expected WIDTHxHEIGHT"),
                arguments(
                        "{'prompt': 'a', 'scheduler': 'euler'}",
                        "'scheduler': unknown scheduler 'euler'; known: ddim, dpm"),
                arguments("{'prompt': 'a', 'out': 'a.avi'}", "unknown kind of output 'a.avi'"),
                arguments("{'prompt': 'a', 'image': 'absent.png'}", "no such picture"),
                arguments("{'prompt': 'a', 'strength': 0.5}", "'strength' says how much of 'video' is made anew"),
                arguments("{'prompt': 'a', 'video': 'FOLDER/model'}", "FOLDER/model holds no pictures"),
                arguments(
                        "{'prompt': 'a', 'out': 'FOLDER/clip-1.gif'}",
                        "the output FOLDER/clip-1.gif is that of line 1 too; give each line its own, such as"
                                + " clip-{line}.mp4"));
    }

    @ParameterizedTest
    @MethodSource("badLines")
    void aBadLineIsNamedBeforeAnythingIsMade(String line, String message) throws IOException {
        new Picture(2, 2, new byte[12]).writePng(folder.resolve("dot.png"));
        write("{\"prompt\": \"a bird\"}", line.replace('\'', '"').replace("FOLDER", folder.toString()));

        Run run = batch();

        assertThat(run.lastError())
                .startsWith("kinema: " + prompts + ":2: " + message.replace("FOLDER", folder.toString()))
                .doesNotContain("Source");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(folder.resolve("clip-1.gif")).doesNotExist();
    }

    @Test
    void filesWithoutPromptsAreRefused() throws IOException {
        String next = "; --prompts takes a file with a JSON object a line";
        assertThat(batch().lastError()).isEqualTo("kinema: " + prompts + ": no such file" + next);
        assertThat(Run.kinema("generate", "--prompts", folder.toString()).lastError())
                .isEqualTo("kinema: " + folder + ": it is a folder; expected a file" + next);
        Files.writeString(prompts, "\n \n");
        assertThat(batch().lastError())
                .isEqualTo("kinema: " + prompts
                        + " holds no prompts; expected lines such as {\"prompt\": \"a red rocket\", \"seed\": 7}");
        Files.write(prompts, new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
        assertThat(batch().lastError()).isEqualTo("kinema: " + prompts + ": it is not text in UTF-8" + next);
        assertThat(batch().code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private void write(String... lines) throws IOException {
        Files.write(prompts, List.of(lines));
    }

    private Run batch(String... more) {
        return Run.kinema(batchArgs(more));
    }

    private String[] batchArgs(String... more) {
        List<String> args =
                new ArrayList<>(List.of(args("--prompts", prompts.toString(), "--out", folder + "/" + OUT)));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private String[] args(String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "--model", model.toString(), "--threads", "1"));
        args.addAll(List.of("--steps", "2"));
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private static Object setting(Provenance video, String key) {
        return Objects.requireNonNull(video.sampling().settings().values().get(key));
    }

    private Provenance provenance(String file) {
        return Provenance.parse(
                String.valueOf(VideoInfo.probe(folder.resolve(file)).provenance()));
    }
}
