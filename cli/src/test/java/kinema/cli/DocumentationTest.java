package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What the documentation says of the command line is so. {@code docs/run-lines} runs the lines that need the bundled model alone. */
class DocumentationTest {
    private static final Path TROUBLESHOOTING = Path.of("../docs/troubleshooting.md");

    static List<String> lines() {
        return DocumentedLines.pages().stream()
                .flatMap(page -> DocumentedLines.of(page).stream())
                .distinct()
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lines")
    void everyLineIsACommandLine(String line) {
        CommandLine commandLine = Main.commandLine(Console.ofProcess(new Cancellation()));
        try {
            commandLine.parseArgs(DocumentedLines.words(line));
        } catch (ParameterException e) {
            assertThat(e).as(line).hasMessageContaining("no such file '"); // the reader's
        }
    }

    @Test
    void noLineReplacesAModelOrWritesOverAFileOfTheProject() {
        assertThat(lines()).hasSizeGreaterThan(20).allSatisfy(line -> {
            String[] words = DocumentedLines.words(line);
            assertThat(words).doesNotContain("--replace");
            for (int i = 0; i < words.length - 1; i++) {
                if (words[i].equals("--out")) {
                    assertThat(Files.exists(Path.of("..").resolve(words[i + 1])) && !isIgnored(words[i + 1]))
                            .as(line)
                            .isFalse();
                }
            }
        });
    }

    /** What a user who tried the documentation left, and git does not track. */
    private static boolean isIgnored(String output) {
        return output.equals("evaluation") || !output.contains("/");
    }

    @Test
    void everyExitCodeIsExplained() {
        String page = DocumentedLines.text(TROUBLESHOOTING);
        for (ExitCode code : ExitCode.values()) {
            assertThat(page).contains("| " + code.number() + " | " + code.meaning() + " |");
        }
    }

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of(
                        "frames must be 8k+1 for CogVideoX, found 48; nearest: 49", "generate a --frames 48 --plan"),
                Arguments.of("width must be a multiple of 16, found 65; nearest: 64", "generate a --size 65x64 --plan"),
                Arguments.of("this model has no setting 'stepz'; did you mean 'steps'?", "generate a --set stepz=3"),
                Arguments.of("the prompt is missing", "generate"),
                Arguments.of("unknown kind of output 'foo.avi'", "generate a --out foo.avi"),
                Arguments.of("is not a picture; expected PNG or JPEG", "generate a --image pom.xml"),
                Arguments.of("is no unfinished run: no such folder", "resume nothing.kinema"),
                Arguments.of("model_index.json: missing, and there is no", "generate a --model src"),
                Arguments.of("cannot open the model", "generate a --model nothing"),
                Arguments.of("not enough memory for 17 frames of 64x64", "generate a --max-memory 100M --plan"));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void theMessagesThatAreExplainedAreTheProgrammes(String message, String arguments) {
        assertThat(DocumentedLines.text(TROUBLESHOOTING)).contains(message);

        Run run = Run.kinema((arguments
                        + (arguments.contains("--model") || !arguments.contains("generate a")
                                ? ""
                                : " --model ../models/kinema-tiny"))
                .split(" "));

        assertThat(run.code()).isNotZero();
        assertThat(run.lastError()).contains(message);
    }
}
