package kinema.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/**
 * Where a command speaks: results to {@code out}, everything else to {@code err}.
 *
 * @param out the command's result, and only that
 * @param err progress, notes and errors
 * @param terminal whether {@code err} is a screen on which a line can be drawn over
 * @param cancellation whether the user asked to stop
 */
record Console(PrintWriter out, PrintWriter err, boolean terminal, Cancellation cancellation) {
    /** Set by the launcher, which alone can tell: Java only knows whether input and output are both a terminal. */
    private static final String TERMINAL = "kinema.terminal";

    /** What is said beside the result is for people, so it never steers their terminal. */
    Console {
        err = Screen.of(err);
    }

    /** This process's standard streams, always in UTF-8. */
    static Console ofProcess(Cancellation cancellation) {
        return new Console(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                Boolean.getBoolean(TERMINAL),
                cancellation);
    }

    /** The same with nothing shown beside the result, for programs. */
    Console quiet() {
        return new Console(out, new PrintWriter(Writer.nullWriter()), false, cancellation);
    }

    /** Where a result for people goes, as opposed to one for programs. */
    Screen text() {
        return Screen.of(out);
    }

    /** Passes everything on to the streams. */
    void flush() {
        out.flush();
        err.flush();
    }
}
