package kinema.diffusion;

import java.util.Arrays;

/** The timesteps a run visits and where each step leads. Immutable. */
public final class Timesteps {
    /** Stands for the finished picture, where ā is 1. */
    public static final int FINISHED = -1;

    private final int[] visited;
    private final int stride; // 0 where each step leads to the next visited timestep

    /**
     * The trailing timesteps of {@code schedule}.
     *
     * @param compat whether a step leads {@code ⌊T / steps⌋} timesteps down, as the Python implementation has it: the
     *     same where the number of steps divides T; else the run drifts from the visited timesteps and may stop before
     *     the picture is finished
     */
    public Timesteps(NoiseSchedule schedule, int steps, boolean compat) {
        visited = schedule.trailing(steps);
        stride = compat ? schedule.timesteps() / steps : 0;
    }

    private Timesteps(int[] visited, int stride) {
        this.visited = visited;
        this.stride = stride;
    }

    /**
     * The last of these timesteps, for a run that starts from a picture with some noise instead of noise alone.
     *
     * @param strength the part of them to keep, from 0 to 1, rounded down to whole steps
     * @throws IllegalArgumentException when no step is left
     */
    public Timesteps last(double strength) {
        int kept = (int) Math.min(count() * strength, count());
        if (kept < 1) {
            throw new IllegalArgumentException("a strength of " + strength + " leaves no step of " + count()
                    + "; choose more steps or at least " + 1.0 / count());
        }
        return new Timesteps(Arrays.copyOfRange(visited, count() - kept, count()), stride);
    }

    /** Number of steps. */
    public int count() {
        return visited.length;
    }

    /** The timestep of step {@code i}. */
    public int at(int i) {
        return visited[i];
    }

    /** The timestep that step {@code i} leads to; {@link #FINISHED} or below at the end. */
    public int after(int i) {
        if (stride > 0) {
            return visited[i] - stride;
        }
        return i + 1 < visited.length ? visited[i + 1] : FINISHED;
    }
}
