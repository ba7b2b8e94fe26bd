package kinema.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kinema help}: the page of a command. */
@Command(
        name = "help",
        description = {"Explains a command.", ""},
        footer = {"", "Example: kinema help vae encode"})
final class HelpCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Such as generate. Default: all commands.")
    private List<String> names = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine found = Objects.requireNonNull(spec).root().commandLine();
        for (String name : names) {
            CommandLine below = found.getSubcommands().get(name);
            if (below == null) {
                throw new IllegalArgumentException("unknown command '" + name + "'; known: "
                        + String.join(", ", found.getSubcommands().keySet()));
            }
            found = below;
        }
        found.usage(found.getOut());
        return ExitCode.OK.number();
    }
}
