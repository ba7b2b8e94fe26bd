package kinema.diffusion;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The timesteps a run visits, where each step leads, and how much of the picture is there at both. Immutable. */
public final class Timesteps {
    /** Stands for the finished picture, where ā is 1. */
    public static final int FINISHED = -1;

    private final NoiseSchedule schedule;
    private final int[] visited;
    private final int steps;
    private final int whole; // steps of the run that these are the last of
    private final int stride; // 0 where each step leads to the next visited timestep
    private final int end; // where the last step leads

    /**
     * The timesteps of a run of {@code steps} steps.
     *
     * @param offset added to every timestep of {@link Spacing#LEADING}; the others have none
     * @param compat whether to repeat two slips of the Python implementation: a step leads {@code ⌊T / steps⌋}
     *     timesteps down instead of to the next visited one, so that where steps do not divide T the run drifts and may
     *     stop before the picture is finished; and rounding may add a step from timestep -1 that spoils it
     * @throws IllegalArgumentException for fewer than 1 or more than T steps, or an offset that leads beyond T
     */
    public Timesteps(NoiseSchedule schedule, Spacing spacing, int offset, int steps, boolean compat) {
        int total = schedule.timesteps();
        if (steps < 1 || steps > total) {
            throw new IllegalArgumentException("steps must be between 1 and " + total + ", found " + steps);
        }
        this.schedule = schedule;
        this.steps = steps;
        whole = steps;
        end = FINISHED;
        visited = spacing.timesteps(total, steps, compat);
        stride = compat ? total / steps : 0;
        if (spacing == Spacing.LEADING) {
            Arrays.setAll(visited, i -> visited[i] + offset);
        }
        if (visited[0] >= total) {
            throw new IllegalArgumentException(steps + " steps with a steps_offset of " + offset + " start at timestep "
                    + visited[0] + ", beyond the last, " + (total - 1) + "; ask for fewer steps or another spacing");
        }
    }

    private Timesteps(NoiseSchedule schedule, int[] visited, int end) {
        this.schedule = schedule;
        this.visited = visited;
        steps = visited.length;
        whole = visited.length;
        stride = 0;
        this.end = end;
    }

    private Timesteps(Timesteps all, int steps) {
        schedule = all.schedule;
        visited = Arrays.copyOfRange(all.visited, all.steps - steps, all.visited.length);
        this.steps = steps;
        whole = all.whole;
        stride = all.stride;
        end = all.end;
    }

    /**
     * The timesteps of a run that ends at timestep 0, where nearly all of the picture is there, and not at the finished
     * one: evenly spaced from the noisiest that may be visited, each rounded half to even, fewer where two are the same.
     *
     * @param least what {@link NoiseSchedule#logSnr} must not be below; a cosine schedule's last
     *     timesteps have next to nothing of the picture to divide by
     * @throws IllegalArgumentException for fewer than 1 or more than T steps, or when two timesteps cannot be visited
     */
    public static Timesteps toFirst(NoiseSchedule schedule, int steps, double least) {
        int total = schedule.timesteps();
        if (steps < 1 || steps > total) {
            throw new IllegalArgumentException("steps must be between 1 and " + total + ", found " + steps);
        }
        int allowed = total;
        while (allowed > 0 && schedule.logSnr(allowed - 1) < least) {
            allowed--;
        }
        if (allowed < 2) {
            throw new IllegalArgumentException("lambda_min_clipped of " + least + " leaves no timestep to start from");
        }
        int noisiest = allowed - 1;
        double stride = (double) noisiest / steps;
        int[] visited = IntStream.range(0, steps)
                .map(i -> i == 0 ? noisiest : (int) Math.rint((steps - i) * stride))
                .filter(t -> t > 0)
                .distinct()
                .toArray();
        return new Timesteps(schedule, visited, 0);
    }

    /**
     * These timesteps, as networks that were trained for few steps want them: each step leads to the next of them, the last one to
     * the finished picture.
     *
     * @param visited noisiest first
     * @throws IllegalArgumentException when there is none, one is not of the schedule, or they do not fall
     */
    public static Timesteps of(NoiseSchedule schedule, List<Integer> visited) {
        int last = schedule.timesteps() - 1;
        for (int i = 0; i < visited.size(); i++) {
            int t = visited.get(i);
            if (t < 0 || t > last) {
                throw new IllegalArgumentException("timesteps must be from " + last + " down to 0, found " + t);
            }
            if (i > 0 && t >= visited.get(i - 1)) {
                throw new IllegalArgumentException(
                        "timesteps must fall from one to the next, found " + visited.get(i - 1) + " before " + t);
            }
        }
        if (visited.isEmpty()) {
            throw new IllegalArgumentException("timesteps must be at least one, found none");
        }
        return new Timesteps(
                schedule, visited.stream().mapToInt(Integer::intValue).toArray(), FINISHED);
    }

    /**
     * The last of these timesteps, for a run that starts from a picture with some noise instead of noise alone.
     *
     * @param strength the part of them to keep, from 0 to 1, rounded down to whole steps
     * @throws IllegalArgumentException when no step is left
     */
    public Timesteps last(double strength) {
        int kept = (int) Math.min(steps * strength, steps);
        if (kept < 1) {
            throw new IllegalArgumentException("a strength of " + strength + " leaves no step of " + steps
                    + "; choose more steps or at least " + 1.0 / steps);
        }
        return new Timesteps(this, kept);
    }

    /** Number of steps that were asked for. */
    public int steps() {
        return steps;
    }

    /** Number of steps of the run that these are the last of; {@link #steps} where they are all. */
    public int whole() {
        return whole;
    }

    /** Number of steps that are taken: {@link #steps}, or one more where rounding added one. */
    public int count() {
        return visited.length;
    }

    /** The timestep of step {@code i}; -1 for the one that rounding added. */
    public int at(int i) {
        return visited[i];
    }

    /** The timestep that step {@code i} leads to; at the end {@link #FINISHED} or below, or 0. */
    public int after(int i) {
        if (stride > 0) {
            return visited[i] - stride;
        }
        return i + 1 < visited.length ? visited[i + 1] : end;
    }

    /** ā where step {@code i} starts. To Python, which the timestep -1 comes from, it is the last of the table. */
    public double alpha(int i) {
        return schedule.alpha(visited[i] < 0 ? schedule.timesteps() - 1 : visited[i]);
    }

    /**
     * How a step of DDIM moves latents. They and their velocity are the picture and its noise turned by an angle whose cosine is √ā; a
     * step turns it back by δ, to cos δ · x - sin δ · v.
     *
     * @param cosine cos δ
     * @param sine sin δ, which is by how much an error of 1 in the velocity moves the latents
     * @see <a href="https://arxiv.org/abs/2202.00512">Progressive distillation, appendix D</a>
     */
    public record Turn(double cosine, double sine) {}

    /** How step {@code i} of DDIM moves latents. */
    public Turn turn(int i) {
        double from = alpha(i);
        double to = alphaAfter(i);
        return new Turn(
                Math.sqrt(from * to) + Math.sqrt((1 - from) * (1 - to)),
                Math.sqrt((1 - from) * to) - Math.sqrt(from * (1 - to)));
    }

    /** By how much an error of 1 in the velocity of step {@code i} moves the latents it leads to. */
    double reach(int i) {
        return turn(i).sine();
    }

    /** ā where step {@code i} leads. */
    public double alphaAfter(int i) {
        return schedule.alpha(after(i));
    }
}
