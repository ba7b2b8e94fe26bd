package kinema.cli;

import static kinema.testing.GeneratedPage.cell;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kinema.testing.GeneratedPage;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The reference of commands is made of the command line itself. */
class CommandReferenceTest {
    private static final Set<String> OF_ALL = Set.of("--help", "--debug");

    private final StringBuilder page = new StringBuilder();

    @Test
    void isWhatTheCommandLineSays() throws IOException {
        CommandLine root = Main.commandLine(Console.ofProcess(new Cancellation()));
        page.append("# Commands\n\n")
                .append(
                        "Every command and option of `./kinema`. `./kinema COMMAND --help` says the same. All commands have `-h`, `--help` and")
                .append(" `--debug`, which shows where in the program an error came from.\n\n");
        page.append("| command | |\n|---|---|\n");
        commands(root, "")
                .forEach((name, command) -> page.append("| [`" + name + "`](#kinema-" + name.replace(' ', '-') + ") | "
                        + cell(joined(command.getCommandSpec().usageMessage().description())) + " |\n"));
        commands(root, "").forEach(this::write);
        exitCodes();

        GeneratedPage.check("commands.md", page.toString());
    }

    /** All commands, those below others too, but picocli's own. */
    private static Map<String, CommandLine> commands(CommandLine command, String path) {
        Map<String, CommandLine> all = new LinkedHashMap<>();
        Set<CommandLine> seen = new LinkedHashSet<>();
        command.getSubcommands().forEach((name, below) -> {
            if (seen.add(below) && !below.getCommandSpec().usageMessage().hidden()) {
                all.put(path + name, below);
                all.putAll(commands(below, path + name + " "));
            }
        });
        return all;
    }

    private void write(String name, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        page.append("\n## kinema " + name + "\n\n");
        page.append(joined(spec.usageMessage().description())).append("\n\n");
        rows(spec);
        prose(spec.usageMessage().footer());
    }

    private void rows(CommandSpec spec) {
        Map<String, StringBuilder> groups = new LinkedHashMap<>();
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            row(groups, positional, "`" + positional.paramLabel() + "`");
        }
        for (OptionSpec option : spec.options()) {
            if (!OF_ALL.contains(option.longestName())) {
                row(groups, option, names(option));
            }
        }
        groups.forEach((heading, rows) ->
                page.append(heading).append("| | |\n|---|---|\n").append(rows).append('\n'));
    }

    private static void row(Map<String, StringBuilder> groups, ArgSpec argument, String name) {
        if (!argument.hidden()) {
            groups.computeIfAbsent(heading(argument.group()), heading -> new StringBuilder())
                    .append("| " + name + " | " + cell(description(argument)) + " |\n");
        }
    }

    private static String description(ArgSpec argument) {
        Iterable<String> candidates = argument.completionCandidates();
        return joined(argument.description())
                .replace("${COMPLETION-CANDIDATES}", candidates == null ? "" : String.join(", ", candidates))
                .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValue()));
    }

    private static String heading(ArgGroupSpec group) {
        return group == null || group.heading() == null
                ? ""
                : "### " + String.format(group.heading()).strip().replaceFirst(":$", "") + "\n\n";
    }

    private static String names(OptionSpec option) {
        String value = option.arity().max() == 0 ? "" : "=" + option.paramLabel();
        return Stream.of(option.names())
                .map(name -> "`" + (name.startsWith("--") ? name + value : name).replace("|", "\\|") + "`")
                .collect(Collectors.joining(", "));
    }

    /** The foot of a help page: paragraphs, and what follows an "Example:" as it is to be typed. */
    private void prose(String... footer) {
        StringBuilder text = new StringBuilder();
        StringBuilder examples = new StringBuilder();
        for (String line : footer) {
            String plain = String.format(line);
            int example = plain.startsWith("Example") ? plain.indexOf(':') + 1 : 0;
            String typed = example > 0 || plain.startsWith(" ")
                    ? plain.substring(example).strip()
                    : "";
            if (typed.startsWith("kinema ")) {
                examples.append("./").append(typed).append('\n');
            } else if (example == 0) {
                text.append(plain.isBlank() ? "\n\n" : cell(plain.strip()) + " ");
            }
        }
        text.toString()
                .lines()
                .filter(line -> !line.isBlank())
                .forEach(paragraph -> page.append(paragraph.strip()).append("\n\n"));
        if (!examples.isEmpty()) {
            page.append("```text\n").append(examples).append("```\n");
        }
    }

    private void exitCodes() {
        page.append(
                "\n## Exit codes\n\nOf every command; [troubleshooting](../troubleshooting.md#exit-codes) says what to do.\n\n");
        page.append("| code | meaning |\n|---|---|\n");
        for (ExitCode code : ExitCode.values()) {
            page.append("| " + code.number() + " | " + cell(code.meaning()) + " |\n");
        }
    }

    private static String joined(String... lines) {
        return List.of(lines).stream()
                .map(line -> String.format(line).strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }
}
