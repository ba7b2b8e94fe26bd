package kinema.diffusion;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * How the timesteps of a run are spread over those of training.
 *
 * @see <a href="https://arxiv.org/abs/2305.08891">Common diffusion noise schedules are flawed, table 2</a>
 */
public enum Spacing {
    /** Evenly, from the last timestep on: the one that visits a last timestep of pure noise. */
    TRAILING,
    /** Evenly, from the last timestep to the first. */
    LINSPACE,
    /** In whole strides from the first timestep up; the noisiest are left out. */
    LEADING;

    /** The name in lower case, as a request and a checkpoint's config write it. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The timesteps, noisiest first, each rounded half to even.
     *
     * @param total timesteps in training
     * @param steps how many to visit, 1 to {@code total}
     * @param compat whether rounding may add one more at the end, -1, as it does in the Python implementation for 62
     *     numbers of steps with {@link #TRAILING}
     */
    int[] timesteps(int total, int steps, boolean compat) {
        return switch (this) {
            case TRAILING -> trailing(total, steps, compat);
            case LINSPACE -> linspace(total, steps);
            case LEADING -> leading(total / steps, steps);
        };
    }

    /** Adds up strides in the order NumPy does, whose rounding decides about halves and about the one too many. */
    private static int[] trailing(int total, int steps, boolean compat) {
        double stride = (double) total / steps;
        double second = total - stride;
        double difference = second - total;
        int[] visited = new int[compat ? (int) Math.ceil(total / stride) : steps];
        for (int i = 0; i < visited.length; i++) {
            visited[i] = (int) Math.rint(total + i * difference) - 1;
        }
        return visited;
    }

    private static int[] linspace(int total, int steps) {
        double stride = steps == 1 ? 0 : (total - 1.0) / (steps - 1);
        int[] visited = new int[steps];
        for (int i = 0; i < steps; i++) {
            visited[steps - 1 - i] = (int) Math.rint(i * stride);
        }
        return visited;
    }

    private static int[] leading(int stride, int steps) {
        int[] visited = new int[steps];
        for (int i = 0; i < steps; i++) {
            visited[steps - 1 - i] = i * stride;
        }
        return visited;
    }
}
