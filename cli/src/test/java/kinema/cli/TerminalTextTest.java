package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalTextTest {
    private static final String BUNDLED = "../models/kinema-tiny";

    @TempDir
    Path folder;

    @Test
    void whatSteersATerminalIsWrittenOut() {
        assertThat(TerminalText.shown("a\u001b[2Jb\u0007\b\u0000\u007f\u009bc\rd\u2028\u202e"))
                .isEqualTo("a\\u001b[2Jb\\u0007\\u0008\\u0000\\u007f\\u009bc\\u000dd\\u2028\\u202e");
        assertThat(TerminalText.shown("a\tcaf\u00e9\r\n\ud83d\ude80 \u732b\n"))
                .isEqualTo("a\tcaf\u00e9\r\n\ud83d\ude80 \u732b\n");
    }

    @Test
    void longTextKeepsItsBeginningAndItsEnd() {
        assertThat(TerminalText.cut("short", 5)).isEqualTo("short");
        String cut = TerminalText.cut("begin" + "\ud83d\ude80".repeat(400) + "end", 300);
        assertThat(cut).startsWith("begin").contains(" … ").endsWith("end");
        assertThat(cut.length()).isBetween(290, 301);
        assertThat(cut.codePoints()).noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    @Test
    void errorsThatNameAFileDoNotSteerTheTerminal() {
        Run run =
                Run.kinema("probe", folder.resolve("a\u001b]0;owned\u0007.mp4").toString());

        assertThat(run.err()).contains("a\\u001b]0;owned\\u0007.mp4").doesNotContain("\u001b");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    @Test
    void whatAModelSaysOfItselfDoesNotSteerTheTerminal() throws IOException {
        Files.writeString(
                folder.resolve("model_index.json"),
                "{\"_class_name\": \"\\u001b[31m" + "x".repeat(5000) + "\\u202e\"}");
        Run run = Run.kinema("inspect", folder.toString());

        assertThat(run.err()).doesNotContain("\u001b", "\u202e").hasSizeLessThan(310);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
    }

    @Test
    void anErrorOfTheJvmEndsInOneLine() {
        StringWriter err = new StringWriter();
        Writer broken = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) {
                throw new StackOverflowError("too deep");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        int code = Main.run(new String[] {"inspect", "--json", BUNDLED}, new PrintWriter(broken), new PrintWriter(err));

        assertThat(err.toString())
                .isEqualTo("kinema: internal error: StackOverflowError: too deep; --debug shows where it came from"
                        + System.lineSeparator());
        assertThat(code).isEqualTo(ExitCode.FAILURE.number());
    }

    @Test
    void progressStillErasesItsLine() {
        StringWriter text = new StringWriter();
        ProgressDisplay progress = new ProgressDisplay(new PrintWriter(text), true);
        progress.note("a\u001b[2J");
        assertThat(text).hasToString("\r\u001b[Ka\\u001b[2J" + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "inspect ../models/kinema-tiny",
                "inspect --json ../models/kinema-tiny",
                "generate --help"
            })
    void aResultThatCannotBeWrittenIsNoSuccess(String line) {
        StringWriter err = new StringWriter();
        Writer full = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        int code = Main.run(line.split(" "), new PrintWriter(full), new PrintWriter(err));

        assertThat(err.toString()).contains("kinema: standard output cannot be written");
        assertThat(code).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    @Test
    void threadsThatNoMachineCanServeAreRefused() {
        Run run = Run.kinema(
                "generate",
                "a",
                "--model",
                BUNDLED,
                "--threads",
                "100000",
                "--out",
                folder.resolve("a.mp4").toString());

        assertThat(run.err())
                .startsWith("kinema: --threads must be at most ")
                .contains(", found 100000; this machine has ");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }
}
