package kinema.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one command line did. */
record Run(int code, String out, String err) {
    /** Runs a command line in this JVM. */
    static Run kinema(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(args, new PrintWriter(out), new PrintWriter(err));
        return new Run(code, out.toString(), err.toString());
    }

    /** The last line on standard error. */
    String lastError() {
        return err.lines().reduce("", (first, second) -> second);
    }
}
