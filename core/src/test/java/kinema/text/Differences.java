package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;

/** How far a result is from its reference. */
final class Differences {
    private Differences() {}

    /** The largest absolute difference; NaN where either has one. */
    static double max(float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        double max = 0;
        for (int i = 0; i < found.length; i++) {
            max = Math.max(max, Math.abs((double) found[i] - expected[i]));
        }
        return max;
    }
}
