package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kinema evaluate} with a small random checkpoint, whose videos show nothing. */
class EvaluateCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
    }

    @Test
    void writesTheReportAndPrintsItsNameAlone() {
        Path out = folder.resolve("deep/report");

        Run run = Run.kinema(
                "evaluate",
                model.toString(),
                "--out",
                out.toString(),
                "--prompts",
                "2",
                "--steps",
                "1",
                "--threads",
                "1");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(out.resolve("evaluation.md") + System.lineSeparator());
        assertThat(run.err()).contains("judge on renderings: subject ", "model: subject ", " of 2");
        assertThat(out).isDirectoryContaining("glob:**/evaluation.json");
        assertThat(out).isDirectoryContaining("glob:**/contact-sheet-1.jpg");
        assertThat(out.resolve("evaluation.md")).content().contains("| 0 | a red rocket rises in the night sky |");
    }

    @Test
    void jsonIsOneObjectAndNothingElse() throws IOException {
        Run run = Run.kinema(
                "evaluate",
                model.toString(),
                "--out",
                folder.resolve("report").toString(),
                "--prompts",
                "1",
                "--steps",
                "1",
                "--guidance",
                "1",
                "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).hasLineCount(1);
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.at("/settings/steps").asInt()).isEqualTo(1);
        assertThat(json.at("/settings/guidance").asDouble()).isEqualTo(1);
        assertThat(json.at("/total/videos").asInt()).isEqualTo(1);
    }

    @Test
    void howAModelIsRunCanBeSaid() {
        String out = folder.resolve("report").toString();

        Run run = Run.kinema("evaluate", model.toString(), "--out", out, "--prompts", "1", "--max-memory", "1M");

        assertThat(run.lastError()).contains("not enough memory", "and 1 MB may be used");
        assertThat(run.code()).isEqualTo(ExitCode.OUT_OF_MEMORY.number());
    }

    @Test
    void aStopLeavesNoReport() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        Path out = folder.resolve("report");
        StringWriter err = new StringWriter();
        Console console = new Console(new PrintWriter(new StringWriter()), new PrintWriter(err), false, cancellation);

        int code = Main.run(console, "evaluate", model.toString(), "--out", out.toString(), "--prompts", "1");

        assertThat(code).isEqualTo(ExitCode.CANCELLED.number());
        assertThat(err.toString()).contains("kinema: cancelled; ");
        assertThat(Files.exists(out.resolve("evaluation.md"))).isFalse();
    }
}
