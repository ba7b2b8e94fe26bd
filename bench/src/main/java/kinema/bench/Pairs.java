package kinema.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What two things took, measured in turns: their ratio holds on a machine whose speed drifts. */
final class Pairs {
    private final List<Double> first = new ArrayList<>();
    private final List<Double> second = new ArrayList<>();
    private final List<Double> parts = new ArrayList<>();

    /** The seconds of one turn. */
    void add(double slow, double fast) {
        first.add(slow);
        second.add(fast);
        parts.add(fast / slow);
    }

    /** A row of a Markdown table: name, median seconds of both, the second's part of the first, median and range. */
    String row(String name) {
        List<Double> sorted = parts.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %.4f | %.4f | %.4f to %.4f |",
                name,
                median(first),
                median(second),
                median(parts),
                sorted.get(0),
                sorted.get(sorted.size() - 1));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
