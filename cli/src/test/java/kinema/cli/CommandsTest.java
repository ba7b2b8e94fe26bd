package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandsTest {
    private static Set<String> made(String... args) {
        return commands(args).keySet();
    }

    private static Map<String, CommandLine> commands(String... args) {
        return Main.commandLine(Console.ofProcess(new Cancellation()), args).getSubcommands();
    }

    /** A command that was found by another name than its own would be an unknown one. */
    @Test
    void eachIsMadeByItsOwnName() {
        Set<String> all = made();
        assertThat(all).hasSize(17).contains("generate", "help");
        for (String name : all) {
            assertThat(made(name, "--help")).contains(name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"generate", "train", "vae", "world"})
    void aCommandIsMadeAlone(String name) {
        assertThat(made(name, "x")).containsExactly(name);
        assertThat(commands(name).get(name).getSubcommands().keySet())
                .isEqualTo(commands().get(name).getSubcommands().keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "completion", "--help", "--debug", "a red rocket", "genrate"})
    void whatTellsOfCommandsHasThemAll(String first) {
        assertThat(made(first)).hasSize(17);
    }

    @Test
    void theVersionNeedsNone() {
        assertThat(made("--version")).isEmpty();
    }
}
