package kinema.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Shows how far a command is: on a terminal one line drawn over itself, elsewhere a line now and then.
 *
 * <p>A command goes through named phases; a phase with known steps shows the count, the rate and the time left at the mean
 * rate so far. For one thread.
 */
final class ProgressDisplay {
    private static final int BAR = 24;
    private static final long NANOS = 1_000_000_000L;
    /** How often a log gets a line, and how often a screen is drawn again. */
    private static final long LOG_EVERY = 10 * NANOS;

    private static final long DRAW_EVERY = NANOS / 20;

    private final Screen err;
    private final boolean terminal;
    private final LongSupplier clock;
    private final Map<String, Double> seconds = new LinkedHashMap<>();
    private final List<Double> stepSeconds = new ArrayList<>();
    private String phase = "";
    private String unit = "step";
    private long phaseStart;
    private long stepStart;
    private int doneBefore; // steps of the phase that were not taken here: a run that goes on starts in the middle
    private long lastShown;
    private boolean counted; // whether the phase tells of tokens, which are shown instead of its steps

    ProgressDisplay(PrintWriter err, boolean terminal) {
        this(err, terminal, System::nanoTime);
    }

    ProgressDisplay(PrintWriter err, boolean terminal, LongSupplier clock) {
        this.err = Screen.of(err);
        this.terminal = terminal;
        this.clock = clock;
    }

    /** Starts a phase, ending the one before. */
    void phase(String name) {
        phase(name, "step");
    }

    /**
     * Starts a phase, ending the one before.
     *
     * @param stepName what its steps are called
     */
    void phase(String name, String stepName) {
        endPhase();
        phase = name;
        unit = stepName;
        phaseStart = clock.getAsLong();
        stepStart = phaseStart;
        doneBefore = -1;
        counted = false;
        lastShown = phaseStart;
        if (terminal) {
            draw(String.format(Locale.ROOT, "%-10s", name));
        }
    }

    /**
     * Shows a step of the phase as done.
     *
     * @param done steps done, from 1
     * @param total steps of the phase
     */
    void step(int done, int total) {
        long now = clock.getAsLong();
        stepSeconds.add((now - stepStart) / (double) NANOS);
        stepStart = now;
        if (!counted) {
            show(done, total, now);
        }
    }

    /**
     * Shows how many of the phase's tokens are made, from now on instead of its steps.
     *
     * @param done tokens made, from 1
     * @param total tokens of the phase
     */
    void tokens(int done, int total) {
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
        String text = line(done, total, now - phaseStart);
        if (terminal) {
            draw(text);
        } else if (!last) {
            err.println(text);
            err.flush();
        }
    }

    /** Prints a line of its own, keeping the progress below it. */
    void note(String text) {
        if (terminal) {
            err.eraseLine();
        }
        err.println(TerminalText.cut(text, TerminalText.LINE));
        err.flush();
    }

    /** Ends the last phase. */
    void close() {
        endPhase();
        phase = "";
    }

    /** Leaves a phase that failed, if there is one, and the line free for what is to be said of it. */
    void abandon() {
        if (terminal && !phase.isEmpty()) {
            err.eraseLine();
            err.flush();
        }
        phase = "";
    }

    /** How long each ended phase took, in order. */
    Map<String, Double> seconds() {
        return seconds;
    }

    /** How long each step took, in order. */
    List<Double> stepSeconds() {
        return stepSeconds;
    }

    private void endPhase() {
        if (phase.isEmpty()) {
            return;
        }
        double took = (clock.getAsLong() - phaseStart) / (double) NANOS;
        seconds.put(phase, took);
        note(String.format(Locale.ROOT, "%-10s %s", phase, time(took)));
    }

    private void draw(String text) {
        err.eraseLine();
        err.print(text);
        err.flush();
    }

    private String line(int done, int total, long nanos) {
        double seconds = Math.max(nanos, 1) / (double) NANOS;
        int taken = done - doneBefore;
        double left = seconds / taken * (total - done);
        int filled = (int) ((long) BAR * done / total);
        String bar = "#".repeat(filled) + "-".repeat(BAR - filled);
        return String.format(
                Locale.ROOT,
                "%-10s [%s] %d/%d, %s, %s left",
                phase,
                bar,
                done,
                total,
                rate(taken / seconds),
                time(left));
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
