package kinema.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** What a line of a file of prompts may say: the options that tell of one video, as for {@code kinema generate}. */
@Command(name = "line")
final class LineOptions {
    @Mixin
    private GenerateOptions options = new GenerateOptions();

    @Option(names = "--out")
    private @Nullable String out;

    /** What to generate. */
    GenerateOptions options() {
        return options;
    }

    /** Where the video goes; null where nothing is said. */
    @Nullable
    String out() {
        return out;
    }

    /** Reads options as written on a command line. */
    static LineOptions parse(List<String> args) {
        LineOptions line = new LineOptions();
        command(line).parseArgs(args.toArray(String[]::new));
        return line;
    }

    /** The options a line may have. */
    static List<OptionSpec> known() {
        return command(new LineOptions()).getCommandSpec().options();
    }

    /** Those a line may have of what was given to a command, but the output's name, which each line needs for itself. */
    static List<OptionSpec> given(CommandSpec command) {
        List<String> names = known().stream()
                .map(OptionSpec::longestName)
                .filter(name -> !name.equals("--out"))
                .toList();
        return command.commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> names.contains(option.longestName()))
                .toList();
    }

    /** An option as a key of a line: its name without dashes. */
    static String key(OptionSpec option) {
        return option.longestName().substring(2);
    }

    private static CommandLine command(LineOptions line) {
        CommandLine command = new CommandLine(line);
        Converters.install(command);
        command.setExpandAtFiles(false);
        return command;
    }
}
