package kinema.train;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/** The lines that tell people how far a run is, how fast it goes, and how long it will take. */
final class Progress {
    private static final double NANOS = 1e9;

    private final long first;
    private final long steps;
    private final long start = System.nanoTime();

    Progress(long first, long steps) {
        this.first = first;
        this.steps = steps;
    }

    /** One line: the step, the numbers of the row, and the time left at the rate since the start. */
    String line(long step, Map<String, Double> row) {
        StringBuilder line = new StringBuilder("step " + step + "/" + steps);
        row.forEach((name, value) -> {
            if (!name.equals(Metrics.STEP)) {
                line.append(String.format(Locale.ROOT, "  %s %.4g", name.replace('_', ' '), value));
            }
        });
        double seconds = (System.nanoTime() - start) / NANOS / Math.max(1, step - first);
        return line + "  " + left(Math.round(seconds * (steps - step)));
    }

    /** A time in words. */
    static String left(long seconds) {
        Duration left = Duration.ofSeconds(seconds);
        if (left.toHours() > 0) {
            return left.toHours() + " h " + left.toMinutesPart() + " min left";
        }
        return left.toMinutes() > 0 ? left.toMinutes() + " min left" : seconds + " s left";
    }
}
