package kinema.cli;

import picocli.CommandLine.Option;

/** What every command understands; one object serves them all, because a process runs one command. */
final class CommonOptions {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli needs a field and looks at it itself
    private boolean help;

    @Option(names = "--debug", description = "Show where in the program an error came from.")
    private boolean debug;

    boolean debug() {
        return debug;
    }
}
