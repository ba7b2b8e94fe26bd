package kinema.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The program's entry: {@code kinema COMMAND}. */
@Command(
        name = "kinema",
        description = "Makes video from text.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "'kinema help COMMAND' explains a command, 'kinema doctor' what of this machine is used.",
            "",
            "Example: kinema generate \"a red rocket rises in the night sky\""
        })
public final class Main {
    private static final int HELP_WIDTH = 100;

    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        Cancellation cancellation = new Cancellation();
        Console console = Console.ofProcess(cancellation);
        cancellation.listenForSignals(console.err());
        int code;
        try {
            code = run(console, args);
        } finally {
            cancellation.commandEnded();
        }
        System.exit(code);
    }

    /**
     * Runs one command in this JVM.
     *
     * @param args the command and its options
     * @param out takes the command's result
     * @param err takes progress, notes and errors
     * @return the exit code
     */
    public static int run(String[] args, PrintWriter out, PrintWriter err) {
        return run(new Console(out, err, false, new Cancellation()), args);
    }

    static int run(Console console, String... args) {
        int code;
        try {
            code = commandLine(console, args).execute(args);
        } catch (Error e) { // picocli hands on exceptions only
            code = Errors.report(console.err(), e, List.of(args).contains("--debug"))
                    .number();
        }
        if (console.out().checkError() && code == ExitCode.OK.number()) {
            Errors.print(
                    console.err(), "standard output cannot be written: its disk is full, or nobody reads it any more");
            code = ExitCode.BAD_OUTPUT.number();
        }
        console.flush();
        return code;
    }

    /** The program with the commands that these arguments need; with all where there are none. */
    static CommandLine commandLine(Console console, String... args) {
        CommandLine root = new CommandLine(new Main());
        new Commands(console).addTo(root, args);
        CommonOptions common = new CommonOptions();
        listExitCodes(root);
        root.getSubcommands().values().forEach(command -> finish(command, common));
        root.setOut(console.out());
        root.setErr(console.err());
        root.setUsageHelpWidth(HELP_WIDTH);
        root.setExecutionStrategy(parsed -> {
            Integer helped = CommandLine.executeHelpRequest(parsed);
            if (helped != null) {
                return helped;
            }
            Natives.prepare();
            return new CommandLine.RunLast().execute(parsed);
        });
        root.setParameterExceptionHandler(Errors::onBadArguments);
        root.setExecutionExceptionHandler((e, command, result) -> {
            // Once the user stopped the command, how it failed is of no interest.
            boolean stopped = console.cancellation().requested();
            boolean told = e instanceof CommandException known && known.code() == ExitCode.CANCELLED;
            Exception shown = stopped && !told ? new CancellationException("stopped by the user") : e;
            return Errors.report(console.err(), shown, common.debug()).number();
        });
        Converters.install(root);
        root.setExpandAtFiles(false); // a prompt may start with @
        return root;
    }

    /** Gives a command, and those below it, what all of them have. */
    private static void finish(CommandLine command, CommonOptions common) {
        command.addMixin("common", common);
        command.getSubcommands().values().forEach(below -> finish(below, common));
    }

    private static void listExitCodes(CommandLine command) {
        Map<String, String> codes = new LinkedHashMap<>();
        for (ExitCode code : ExitCode.values()) {
            codes.put(Integer.toString(code.number()), code.meaning());
        }
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.exitCodeListHeading("%nExit codes:%n");
        usage.exitCodeList(codes);
    }

    /** Reads the version from the jar's manifest; classes run outside a jar have none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"kinema " + number()};
        }

        static String number() {
            String version = Main.class.getPackage().getImplementationVersion();
            return version == null ? "(unpackaged)" : version;
        }
    }
}
