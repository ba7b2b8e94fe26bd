package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kinema calibrate}, and videos that go by what it measured. */
class CalibrateCommandTest {
    @TempDir
    private Path temp;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("lora-5b", temp.resolve("model"));
    }

    @Test
    void aModelIsMeasuredAndItsVideosAreMadeAgain() throws IOException {
        Run measured = calibrate("--prompt", "a boat", "--prompt", "a cat");
        Path file = model.resolve("calibration-dpm.json");
        assertThat(measured.code()).as(measured.err()).isZero();
        assertThat(measured.out()).isEqualTo(file + System.lineSeparator());
        assertThat(measured.err()).contains("denoise ", "wrote " + file).doesNotContain("decode ");
        assertThat(new ObjectMapper().readTree(file.toFile()).path("prompts").asInt())
                .isEqualTo(2);

        Path video = temp.resolve("video.gif");
        Run made = Run.kinema(
                "generate",
                "a boat",
                "--model",
                model.toString(),
                "--steps",
                "9",
                "--frames",
                "9",
                "--size",
                "32x16",
                "--scheduler",
                "dpm",
                "--seed",
                "3",
                "--cache",
                "mag:9",
                "--threads",
                "1",
                "--verify",
                "--json",
                "--out",
                video.toString());
        assertThat(made.code()).as(made.err()).isZero();
        JsonNode result = new ObjectMapper().readTree(made.out());
        assertThat(result.path("cache").path("estimated").asInt()).isPositive();
        assertThat(result.path("cache").path("psnr").asDouble()).isPositive();
        JsonNode settings = result.path("provenance").path("settings");
        assertThat(settings.path("cache").asText()).isEqualTo("mag:9");
        assertThat(settings.path("calibration").asText()).matches("[0-9a-f]{12}");

        Path again = temp.resolve("again.gif");
        Run replayed = replay(video, again);
        assertThat(replayed.code()).as(replayed.err()).isZero();
        assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(video));

        assertThat(calibrate("--prompt", "a dog", "--steps", "8").code()).isZero();
        assertThat(replay(video, temp.resolve("third.gif")).lastError())
                .contains(" cannot be made again: calibration must be ")
                .endsWith("it was measured anew since: put the old file back, or make the video anew without it");
    }

    @Test
    void jsonIsOneObject() throws IOException {
        Run measured = calibrate("--json");
        assertThat(measured.code()).as(measured.err()).isZero();
        assertThat(new ObjectMapper().readTree(measured.out()).path("file").asText())
                .isEqualTo(model.resolve("calibration-dpm.json").toString());
    }

    @Test
    void whatCannotBeIsRefusedAndNothingIsWritten() throws IOException {
        assertThat(calibrate("--steps", "4").lastError()).contains("a calibration needs at least 6 steps, found 4");
        assertThat(calibrate("--frames", "10").lastError()).contains("frames must be");
        assertThat(calibrate("--image", temp.resolve("none.png").toString()).code())
                .isNotZero();
        assertThat(Run.kinema("calibrate", temp.resolve("none").toString()).lastError())
                .startsWith("kinema: cannot open the model ");
        assertThat(model.resolve("calibration-dpm.json")).doesNotExist();

        Files.writeString(model.resolve("calibration-dpm.json"), "{}");
        Run made =
                Run.kinema("generate", "a boat", "--model", model.toString(), "--scheduler", "dpm", "--cache", "mag");
        assertThat(made.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(made.lastError()).contains("calibration-dpm.json: has no ", "'kinema calibrate' makes it anew");
    }

    private Run replay(Path video, Path out) {
        return Run.kinema(
                "replay", video.toString(), "--model", model.toString(), "--threads", "1", "--out", out.toString());
    }

    private Run calibrate(String... more) {
        String[] usual = {
            "calibrate",
            model.toString(),
            "--frames",
            "9",
            "--size",
            "32x16",
            "--steps",
            "9",
            "--scheduler",
            "dpm",
            "--threads",
            "1"
        };
        List<String> all = new ArrayList<>(List.of(usual));
        for (int i = 0; i < more.length; i++) {
            int at = all.indexOf(more[i]);
            if (at > 0 && !more[i].equals("--prompt") && i + 1 < more.length) {
                all.set(at + 1, more[++i]);
            } else {
                all.add(more[i]);
            }
        }
        return Run.kinema(all.toArray(String[]::new));
    }
}
