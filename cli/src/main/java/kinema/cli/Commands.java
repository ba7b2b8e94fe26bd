package kinema.cli;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;

/** The program's commands. Each is made when it is needed, because it takes picocli tens of milliseconds to read what one says of itself. */
final class Commands {
    private static final Set<String> TELL_OF_ALL = Set.of("help", "completion");
    private static final Set<String> NEED_NONE = Set.of("--version", "-V");

    private final Map<String, Supplier<CommandLine>> made = new LinkedHashMap<>(); // in the order of the help

    Commands(Console console) {
        made.put("generate", () -> generate(console));
        made.put("resume", () -> new CommandLine(new ResumeCommand(console)));
        made.put("replay", () -> new CommandLine(new ReplayCommand(console)));
        made.put("convert", () -> new CommandLine(new ConvertCommand(console)));
        made.put("calibrate", () -> new CommandLine(new CalibrateCommand(console)));
        made.put("inspect", () -> new CommandLine(new InspectCommand(console)));
        made.put("probe", () -> new CommandLine(new ProbeCommand(console)));
        made.put("vae", () -> VaeCommand.of(console));
        made.put("precompute", () -> new CommandLine(new PrecomputeCommand(console)));
        made.put("tokenize", () -> new CommandLine(new TokenizeCommand(console)));
        made.put("train", () -> new CommandLine(new TrainCommand(console)));
        made.put("evaluate", () -> new CommandLine(new EvaluateCommand(console)));
        made.put("world", () -> WorldCommand.of(console));
        made.put("doctor", () -> new CommandLine(new DoctorCommand(console)));
        made.put("bench", () -> new CommandLine(new BenchCommand(console)));
        made.put("completion", () -> new CommandLine(new CompletionCommand(console)));
        made.put("help", () -> new CommandLine(new HelpCommand()));
    }

    private static CommandLine generate(Console console) {
        CommandLine generate = new CommandLine(new GenerateCommand(console));
        GenerateCommand.groups().install(generate);
        return generate;
    }

    /** Adds those that arguments need: the one whose name they begin with, or all. */
    void addTo(CommandLine root, String... args) {
        needed(args).forEach(command -> root.addSubcommand(command.get()));
    }

    private Collection<Supplier<CommandLine>> needed(String... args) {
        String first = args.length == 0 ? "" : args[0];
        if (args.length == 1 && NEED_NONE.contains(first)) {
            return List.of();
        }
        Supplier<CommandLine> only = made.get(first);
        return only == null || TELL_OF_ALL.contains(first) ? made.values() : List.of(only);
    }
}
