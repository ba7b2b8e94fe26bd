package kinema.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far a command is: on a terminal one line drawn over itself and no wider than that, elsewhere a line now and then.
 *
 * <p>A command goes through named stages; a stage with known steps shows the count, the rate and the time left at the mean
 * rate so far, one without them how long it has taken. For the command's thread; a thread of its own draws while that waits.
 */
final class ProgressDisplay {
    private static final int BAR = 24;
    private static final int SHORTEST_BAR = 4;
    private static final long NANOS = 1_000_000_000L;
    /** How often a log gets a line, and how often a screen is drawn again. */
    private static final long LOG_EVERY = 10 * NANOS;

    private static final long DRAW_EVERY = NANOS / 20;
    private static final long TICK_MILLIS = 1000;
    private static final String SAVE_CURSOR = "\u001b7";
    private static final String RESTORE_CURSOR = "\u001b8";

    private final Screen err;
    private final boolean terminal;
    private final LongSupplier clock;
    private final IntSupplier columns;
    private final boolean ticks;
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final List<Double> stepSeconds = new ArrayList<>();
    private @Nullable Timer ticker;
    private String stage = "";
    private String unit = "step";
    private long stageStart;
    private long stepStart;
    private int doneBefore; // steps of the stage that were not taken here: a run that goes on starts in the middle
    private long lastShown;
    private boolean pictured; // whether the rows above the line are a picture's
    private int pictures; // that were begun
    private boolean counted; // whether the stage tells of tokens, which are shown instead of its steps

    ProgressDisplay(PrintWriter err, boolean terminal) {
        this(err, terminal, System::nanoTime, new TerminalSize(), true);
    }

    /** A display that draws by itself only when {@link #tick} is called. */
    ProgressDisplay(PrintWriter err, boolean terminal, LongSupplier clock, IntSupplier columns) {
        this(err, terminal, clock, columns, false);
    }

    private ProgressDisplay(PrintWriter err, boolean terminal, LongSupplier clock, IntSupplier columns, boolean ticks) {
        this.err = Screen.of(err);
        this.terminal = terminal;
        this.clock = clock;
        this.columns = columns;
        this.ticks = ticks;
    }

    /** Starts a stage, ending the one before. */
    void stage(String name) {
        stage(name, "step");
    }

    /**
     * Starts a stage, ending the one before.
     *
     * @param stepName what its steps are called
     */
    synchronized void stage(String name, String stepName) {
        endStage();
        stage = name;
        unit = stepName;
        stageStart = clock.getAsLong();
        stepStart = stageStart;
        doneBefore = -1;
        counted = false;
        lastShown = stageStart;
        if (terminal) {
            draw(String.format(Locale.ROOT, "%-10s", name));
        }
        if (ticks && ticker == null) {
            ticker = new Timer("kinema-progress", true);
            ticker.schedule(
                    new TimerTask() {
                        @Override
                        public void run() {
                            tick();
                        }
                    },
                    TICK_MILLIS,
                    TICK_MILLIS);
        }
    }

    /** Shows how long a stage has taken that has told of no step yet. */
    synchronized void tick() {
        long now = clock.getAsLong();
        if (stage.isEmpty() || doneBefore >= 0 || now - lastShown < (terminal ? NANOS / 2 : LOG_EVERY)) {
            return;
        }
        lastShown = now;
        String text = String.format(Locale.ROOT, "%-10s %s so far", stage, time((now - stageStart) / (double) NANOS));
        if (terminal) {
            draw(text);
        } else {
            err.println(text);
            err.flush();
        }
    }

    /**
     * Shows a step of the stage as done.
     *
     * @param done steps done, from 1
     * @param total steps of the stage
     */
    synchronized void step(int done, int total) {
        long now = clock.getAsLong();
        stepSeconds.add((now - stepStart) / (double) NANOS);
        stepStart = now;
        if (!counted) {
            show(done, total, now);
        }
    }

    /**
     * Shows how many of the stage's tokens are made, from now on instead of its steps.
     *
     * @param done tokens made, from 1
     * @param total tokens of the stage
     */
    synchronized void tokens(int done, int total) {
        counted = true;
        unit = "token";
        show(done, total, clock.getAsLong());
    }

    private void show(int done, int total, long now) {
        if (doneBefore < 0) {
            doneBefore = done - 1;
        }
        boolean last = done >= total;
        if (!last && now - lastShown < (terminal ? DRAW_EVERY : LOG_EVERY)) {
            return;
        }
        lastShown = now;
        String text = line(done, total, now - stageStart);
        if (terminal) {
            draw(text);
        } else if (!last) {
            err.println(text);
            err.flush();
        }
    }

    /**
     * Shows a picture above the line, in the place of the one before unless something was printed since. On a terminal alone.
     *
     * @param rows of text that it takes
     */
    synchronized void picture(InlinePictures way, byte[] png, int rows) {
        if (!terminal || stage.isEmpty()) {
            return;
        }
        if (!pictured) {
            err.eraseLine();
            err.print("\n".repeat(rows));
            pictured = true;
            pictures++;
        }
        err.steer(SAVE_CURSOR + "\u001b[" + rows + "A\r" + way.sequence(png, pictures, rows) + RESTORE_CURSOR);
        err.flush();
    }

    /** Prints a line of its own, keeping the progress below it. */
    synchronized void note(String text) {
        pictured = false;
        if (terminal) {
            err.eraseLine();
        }
        err.println(TerminalText.cut(text, TerminalText.LINE));
        err.flush();
    }

    /** Ends the last stage. */
    synchronized void close() {
        endStage();
        stage = "";
        stopTicking();
    }

    /** Leaves a stage that failed, if there is one, and the line free for what is to be said of it. */
    synchronized void abandon() {
        if (terminal && !stage.isEmpty()) {
            err.eraseLine();
            err.flush();
        }
        stage = "";
        stopTicking();
    }

    private void stopTicking() {
        if (ticker != null) {
            ticker.cancel();
            ticker = null;
        }
    }

    /** How long each ended stage took, in order. */
    Map<String, Double> seconds() {
        return seconds;
    }

    /** How long each step took, in order. */
    List<Double> stepSeconds() {
        return stepSeconds;
    }

    private void endStage() {
        if (stage.isEmpty()) {
            return;
        }
        double took = (clock.getAsLong() - stageStart) / (double) NANOS;
        seconds.put(stage, took);
        note(String.format(Locale.ROOT, "%-10s %s", stage, time(took)));
    }

    private void draw(String text) {
        int room = Math.max(columns.getAsInt() - 1, 1); // in the last column some terminals go to the next line
        err.eraseLine();
        err.print(text.length() <= room ? text : text.substring(0, room));
        err.flush();
    }

    private String line(int done, int total, long nanos) {
        double seconds = Math.max(nanos, 1) / (double) NANOS;
        int taken = done - doneBefore;
        double left = seconds / taken * (total - done);
        String name = String.format(Locale.ROOT, "%-10s ", stage);
        String rest = String.format(Locale.ROOT, "%d/%d, %s, %s left", done, total, rate(taken / seconds), time(left));
        return name + bar(done, total, name.length() + rest.length()) + rest;
    }

    /** The bar with a space after it, in what its line leaves of the terminal; nothing where that is too little. */
    private String bar(int done, int total, int rest) {
        int room = terminal ? columns.getAsInt() - 1 - rest - "[] ".length() : BAR;
        int width = Math.min(BAR, room);
        if (width < SHORTEST_BAR) {
            return "";
        }
        int filled = (int) ((long) width * done / total);
        return "[" + "#".repeat(filled) + "-".repeat(width - filled) + "] ";
    }

    private String rate(double perSecond) {
        return perSecond >= 1
                ? String.format(Locale.ROOT, "%.1f %ss/s", perSecond, unit)
                : String.format(Locale.ROOT, "%.1f s/%s", 1 / perSecond, unit);
    }

    /** Seconds with a decimal below a minute, then minutes or hours. */
    static String time(double seconds) {
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        return whole < 3600
                ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }
}
