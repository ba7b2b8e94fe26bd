package kinema.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many columns and rows the terminal has. Java cannot tell, so {@code stty} is asked, every two seconds at most, for a window may
 * change. For one thread at a time.
 */
final class TerminalSize implements IntSupplier {
    private static final int USUAL = 80;
    private static final int USUAL_ROWS = 24;
    private static final long ASK_EVERY = TimeUnit.SECONDS.toNanos(2);
    private static final long PATIENCE_MILLIS = 500;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5}) (\\d{1,5})");

    private int columns;
    private int rows = USUAL_ROWS;
    private long askedAt;

    @Override
    public int getAsInt() {
        long now = System.nanoTime();
        if (columns == 0 || now - askedAt >= ASK_EVERY) {
            askedAt = now;
            columns = ask(columns == 0 ? USUAL : columns);
        }
        return columns;
    }

    /** Rows, as they were when columns were asked for. */
    int rows() {
        getAsInt();
        return rows;
    }

    private int ask(int before) {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                stty.destroy();
                return before;
            }
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher size = SIZE.matcher(said.strip());
            if (!size.matches() || size.group(2).equals("0")) {
                return before;
            }
            rows = Integer.parseInt(size.group(1));
            return Integer.parseInt(size.group(2));
        } catch (IOException e) { // no such program, as on Windows, or no terminal behind this process
            return before;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return before;
        }
    }
}
