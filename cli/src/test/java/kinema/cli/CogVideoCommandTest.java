package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.TinyCogVideo;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CogVideo from the command line, from its authors' files and from the folder they are converted to. */
class CogVideoCommandTest {
    private static final String PROMPT = "狮子在喝水";

    @TempDir
    static Path models;

    @TempDir
    private Path work;

    @BeforeAll
    static void write() {
        TinyCogVideo.authors(models.resolve("authors"));
        assertThat(Run.kinema(
                                "convert",
                                models.resolve("authors").toString(),
                                models.resolve("own").toString())
                        .code())
                .isZero();
    }

    @Test
    void bothLayoutsMakeTheSameTokensAndVideo() {
        Path one = generate("authors");
        Path other = generate("own");
        try (Safetensors a = Safetensors.open(one);
                Safetensors b = Safetensors.open(other)) {
            assertThat(a.entries()).containsOnlyKeys("ids", "key_frames", "frames", "out", "video");
            Scopes.run(() -> a.entries()
                    .keySet()
                    .forEach(name -> assertThat(Tensors.floats(a.tensor(name)))
                            .as(name)
                            .isEqualTo(Tensors.floats(b.tensor(name)))));
        }
    }

    @Test
    void aVideoIsReplayedAndGoneOnWith() throws IOException {
        Path video = work.resolve("a.mp4");
        assertThat(run("generate", PROMPT, "--frames", "5", "--seed", "3", "--out", video.toString())
                        .code())
                .isZero();
        Path again = work.resolve("b.mp4");
        Run replayed = run("replay", video.toString(), "--out", again.toString());
        assertThat(replayed.code()).as(replayed.err()).isZero();
        assertThat(again).hasSameBinaryContentAs(video);

        Path stopped = work.resolve("c.mp4");
        Run half = Run.onceShown(
                "interpolate",
                Cancellation::request,
                "generate",
                PROMPT,
                "--model",
                model(),
                "--frames",
                "9",
                "--seed",
                "3",
                "--threads",
                "1",
                "--out",
                stopped.toString());
        assertThat(half.code()).isEqualTo(ExitCode.CANCELLED.number());
        Run rest = run("resume", stopped + ".kinema", "--threads", "1");
        assertThat(rest.code()).as(rest.err()).isZero();
        Path whole = work.resolve("d.mp4");
        run("generate", PROMPT, "--frames", "9", "--seed", "3", "--threads", "1", "--out", whole.toString());
        assertThat(stopped).hasSameBinaryContentAs(whole);
    }

    @Test
    void optionsThatItDoesNotHaveAreRefusedByName() {
        Run steps = run("generate", PROMPT, "--steps", "50");
        assertThat(steps.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(steps.lastError()).contains("this model has no setting 'steps'");
        Run video = run("generate", PROMPT, "--set", "until=keyframes");
        assertThat(video.lastError()).contains("until keyframes makes 5 frames, found 33; ask for 5");
    }

    @Test
    void aPromptInAnotherScriptIsWarnedOf() {
        Run made = run(
                "generate",
                "a lion",
                "--frames",
                "5",
                "--out",
                work.resolve("e.gif").toString());
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.err()).contains("warning: the prompt has no Chinese character");
    }

    @Test
    void inspectionKnowsBothLayouts() throws IOException {
        for (String layout : new String[] {"authors", "own"}) {
            Run run = Run.kinema("inspect", "--json", models.resolve(layout).toString());
            assertThat(run.code()).as(run.err() + run.out()).isZero();
            JsonNode found = new ObjectMapper().readTree(run.out());
            assertThat(found.path("system").asText()).isEqualTo("cogvideo");
            assertThat(found.path("problems")).isEmpty();
            assertThat(found.path("networks")).hasSize(layout.equals("own") ? 6 : 7);
        }
    }

    /** Of a folder with stage 1 alone there is no more to say than of a whole one. */
    @Test
    void aFolderWithTheFirstStageAloneIsUsedAsItIs() throws IOException {
        Path first = work.resolve("first");
        TinyCogVideo.authors(first);
        for (String later : new String[] {"cogvideo-stage2", "cogview2-dsr"}) {
            Files.move(first.resolve(later), work.resolve(later));
        }
        Run inspected = Run.kinema("inspect", "--json", first.toString());
        assertThat(inspected.code()).as(inspected.err() + inspected.out()).isZero();
        JsonNode found = new ObjectMapper().readTree(inspected.out());
        assertThat(found.path("networks")).hasSize(3);
        assertThat(found.path("variant").asText()).endsWith("frames of 4x4 tokens; ends with stage keyframes");

        String video = work.resolve("f.mp4").toString();
        Run made = Run.kinema("generate", PROMPT, "--model", first.toString(), "--seed", "3", "--out", video);
        assertThat(made.code()).as(made.err()).isZero();
        Run later = Run.kinema("generate", PROMPT, "--model", first.toString(), "--set", "until=upscale");
        assertThat(later.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(later.lastError()).contains("no part 'upscaler', with which stage upscale makes pictures large");
    }

    private Path generate(String layout) {
        Path tensors = work.resolve(layout + ".safetensors");
        Run run = Run.kinema(
                "generate",
                PROMPT,
                "--model",
                models.resolve(layout).toString(),
                "--frames",
                "9",
                "--seed",
                "3",
                "--out",
                work.resolve(layout + ".mp4").toString(),
                "--tensors",
                tensors.toString());
        assertThat(run.code()).as(run.err()).isZero();
        return tensors;
    }

    private static Run run(String command, String... args) {
        String[] all = new String[args.length + 3];
        all[0] = command;
        System.arraycopy(args, 0, all, 1, args.length);
        all[args.length + 1] = "--model";
        all[args.length + 2] = model();
        return Run.kinema(all);
    }

    private static String model() {
        return models.resolve("own").toString();
    }
}
