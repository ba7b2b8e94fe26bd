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

    @ParameterizedTest
    @MethodSource("commands")
    void commandHelpListsEveryExitCode(String command) throws IOException {
        String codes = Stream.of(ExitCode.values())
                .map(code -> String.format("  %-5d %s%n", code.number(), code.meaning()))
                .collect(Collectors.joining());

        assertThat(written(command)).contains(codes);
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
