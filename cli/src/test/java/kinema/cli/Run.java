package kinema.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Consumer;

/** What one command line did. */
record Run(int code, String out, String err) {
    /** Erases a line of a screen. */
    private static final String ERASE = "\u001b[K";

    /** Runs a command line in this JVM. */
    static Run kinema(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.run(args, new PrintWriter(out), new PrintWriter(err));
        return new Run(code, out.toString(), err.toString());
    }

    /**
     * Runs a command line on a screen and, once that shows a text, does something to it.
     *
     * @param then given the user's wish to stop
     */
    static Run onceShown(String text, Consumer<Cancellation> then, String... args) {
        Cancellation cancellation = new Cancellation();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter() {
            private boolean seen;

            @Override
            public void write(String part, int offset, int length) {
                super.write(part, offset, length);
                if (!seen && toString().contains(text)) {
                    seen = true;
                    then.accept(cancellation);
                }
            }
        };
        Console console = new Console(new PrintWriter(out), new PrintWriter(err), true, cancellation);
        return new Run(Main.run(console, args), out.toString(), err.toString());
    }

    /** The last line on standard error, as it is left on a screen. */
    String lastError() {
        String last = err.lines().reduce("", (first, second) -> second);
        int erased = last.lastIndexOf(ERASE);
        return erased < 0 ? last : last.substring(erased + ERASE.length());
    }
}
