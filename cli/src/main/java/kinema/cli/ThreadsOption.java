package kinema.cli;

import kinema.Kinema;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many threads compute, for every command that does. */
final class ThreadsOption {
    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to compute with, at most. Default: one per core.")
    private @Nullable Integer threads;

    /** Refuses a number that cannot be. */
    void check() {
        if (threads != null && threads < 1) {
            throw new IllegalArgumentException("--threads must be at least 1, found " + threads);
        }
        if (threads != null && threads > Kinema.maxThreads()) {
            throw new IllegalArgumentException("--threads must be at most " + Kinema.maxThreads() + ", found " + threads
                    + "; this machine has " + Runtime.getRuntime().availableProcessors() + " processors");
        }
    }

    /** Checks the number and sets it for this process. */
    void apply() {
        check();
        if (threads != null) {
            Kinema.setThreads(threads);
        }
    }
}
