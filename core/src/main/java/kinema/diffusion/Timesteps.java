package kinema.diffusion;

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
