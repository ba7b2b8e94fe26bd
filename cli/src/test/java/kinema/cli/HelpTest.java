package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** The help pages are part of the product: a change of one shows as a change of its file. */
class HelpTest {
    @Test
    void rootHelpIsAsWritten() throws IOException {
        Run run = Run.kinema("--help");

        assertThat(run.out()).isEqualTo(written("kinema"));
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
    }

    /** A new command needs its page in {@code help-<command>.txt}. */
    static List<String> commands() {
        return below(Main.commandLine(Console.ofProcess(new Cancellation())), "");
    }

    private static List<String> below(CommandLine command, String path) {
        List<String> commands = new ArrayList<>();
        command.getSubcommands().forEach((name, sub) -> {
            commands.add(path + name);
            commands.addAll(below(sub, path + name + " "));
        });
        return commands;
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandHelpIsAsWritten(String command) throws IOException {
        Run run = Run.kinema((command + " --help").split(" "));

        assertThat(run.out()).isEqualTo(written(command));
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(Run.kinema((command + " -h").split(" "))).isEqualTo(run);
    }

    @Test
    void exitCodesStandOnTheFirstPage() throws IOException {
        String codes = Stream.of(ExitCode.values())
                .map(code -> String.format("  %-5d %s%n", code.number(), code.meaning()))
                .collect(Collectors.joining());

        assertThat(written("kinema")).contains(codes);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyPageHasAnExample(String command) throws IOException {
        assertThat(written(command))
                .containsPattern("Examples?:\\s+.*kinema " + command)
                .doesNotContain("Exit codes");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpShowsTheSamePage(String command) throws IOException {
        Run run = Run.kinema(("help " + command).split(" "));

        assertThat(run.out()).isEqualTo(written(command));
        assertThat(run.code()).isZero();
    }

    @Test
    void helpAloneIsTheFirstPageAndUnknownCommandsAreNamed() throws IOException {
        assertThat(Run.kinema("help").out()).isEqualTo(written("kinema"));
        Run run = Run.kinema("help", "vae", "encod");
        assertThat(run.err())
                .isEqualTo("kinema: unknown command 'encod'; known: encode, decode" + System.lineSeparator());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    @EnabledOnOs(OS.LINUX) // which has bash
    void theShellTakesTheScriptOfCompletion() throws Exception {
        Run run = Run.kinema("completion");

        assertThat(run.code()).isZero();
        Process bash = new ProcessBuilder(
                        "bash", "-c", run.out() + "\ncomplete -p kinema; _picocli_kinema_generate >/dev/null")
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).startsWith("complete ").contains("kinema");
        assertThat(run.out()).contains("--guidance", "--dynamic-guidance", "-o");
    }

    @Test
    void versionIsOneLine() {
        Run run = Run.kinema("--version");

        assertThat(run.out()).matches("kinema \\S+\\R");
        assertThat(run.code()).isZero();
    }

    private static String written(String page) throws IOException {
        try (InputStream in = HelpTest.class.getResourceAsStream("help-" + page.replace(' ', '-') + ".txt")) {
            String text = new String(Objects.requireNonNull(in, page).readAllBytes(), StandardCharsets.UTF_8);
            return text.replace("\n", System.lineSeparator());
        }
    }
}
