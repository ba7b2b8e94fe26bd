package kinema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Means of the numbers of several steps; a number that a step does not name does not count in it. */
final class Meter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, double[]> sums; // sum, count

    Meter() {
        this(new LinkedHashMap<>());
    }

    private Meter(Map<String, double[]> sums) {
        this.sums = sums;
    }

    /** A meter that goes on from {@link #state}. */
    static Meter of(String state) {
        try {
            return new Meter(JSON.readValue(state, new TypeReference<LinkedHashMap<String, double[]>>() {}));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a checkpoint's meter cannot be read: " + e.getOriginalMessage(), e);
        }
    }

    void add(String name, double value) {
        double[] sum = sums.computeIfAbsent(name, key -> new double[2]);
        sum[0] += value;
        sum[1]++;
    }

    Map<String, Double> means() {
        Map<String, Double> means = new LinkedHashMap<>();
        sums.forEach((name, sum) -> means.put(name, sum[0] / sum[1]));
        return means;
    }

    String state() {
        try {
            return JSON.writeValueAsString(sums);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
