package kinema.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The options of a command with many, under headings on its help page; those in no group come last. */
final class HelpGroups {
    private static final String REST = "Other";

    private final Map<String, List<String>> groups = new LinkedHashMap<>();

    /** Adds a group of options, by their long names without dashes. */
    HelpGroups with(String heading, String... options) {
        groups.put(heading, List.of(options));
        return this;
    }

    /** Has a command's page show its options so. */
    void install(CommandLine command) {
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, this::text);
    }

    private String text(Help help) {
        List<OptionSpec> rest = new ArrayList<>(help.commandSpec().options());
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, names) -> {
            List<OptionSpec> options = names.stream()
                    .map(name -> help.commandSpec().findOption("--" + name))
                    .toList();
            rest.removeAll(options);
            append(help, heading, options, text);
        });
        append(help, REST, rest, text);
        return text.toString();
    }

    private static void append(Help help, String heading, List<OptionSpec> options, StringBuilder text) {
        Help.Layout layout = help.createDefaultLayout();
        layout.addOptions(options, help.parameterLabelRenderer());
        text.append(System.lineSeparator())
                .append(heading)
                .append(':')
                .append(System.lineSeparator())
                .append(layout);
    }
}
