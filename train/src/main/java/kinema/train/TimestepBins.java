package kinema.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The loss of each fifth of the timesteps, for the log.
 *
 * @param timesteps how many there are
 */
public record TimestepBins(int timesteps) {
    private static final int BINS = 5;

    /** What the fifths are called in the log, in order. */
    public List<String> names() {
        return IntStream.range(0, BINS).mapToObj(TimestepBins::name).toList();
    }

    /**
     * The mean loss of each fifth that clips fall into.
     *
     * @param losses one a clip
     * @param timesteps one a clip
     */
    public Map<String, Double> means(float[] losses, int[] timesteps) {
        double[] sums = new double[BINS];
        int[] counts = new int[BINS];
        for (int i = 0; i < losses.length; i++) {
            int bin = timesteps[i] * BINS / this.timesteps;
            sums[bin] += losses[i];
            counts[bin]++;
        }
        Map<String, Double> means = new LinkedHashMap<>();
        for (int bin = 0; bin < BINS; bin++) {
            if (counts[bin] > 0) {
                means.put(name(bin), sums[bin] / counts[bin]);
            }
        }
        return means;
    }

    private static String name(int bin) {
        return "loss_t" + bin;
    }
}
