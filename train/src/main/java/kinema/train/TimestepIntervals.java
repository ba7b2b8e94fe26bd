package kinema.train;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Explicit uniform sampling of timesteps: the timesteps are cut into as many intervals as a step has clips, and each clip
 * draws from its own, so that every step sees all of them.
 *
 * <p>The paper gives an interval to each data-parallel worker; a clip's slot in the whole step is the same at one clip a worker, and does
 * not depend on how many workers share a step. The intervals hold each timestep once, also the last, the pure noise that generation
 * starts from.
 *
 * @param timesteps number of timesteps, T
 * @param slots clips of a step, n
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 3.3</a>
 */
public record TimestepIntervals(int timesteps, int slots) {
    /** Checks the ranges. */
    public TimestepIntervals {
        Recipes.require(timesteps > 0, "timesteps must be above 0", timesteps);
        Recipes.require(slots > 0 && slots <= timesteps, "a step must have 1 to " + timesteps + " clips", slots);
    }

    /** The first timestep of a slot's interval, ⌊i·T/n⌋. */
    public int first(int slot) {
        return (int) ((long) slot * timesteps / slots);
    }

    /** The timestep after the last of a slot's interval. */
    public int end(int slot) {
        return first(slot + 1);
    }

    /** Draws the timesteps of so many clips of a slot of a step, each from an interval of its own as far as there are timesteps. */
    public static int[] draw(int timesteps, Slot slot, int clips, SplittableRandom random) {
        TimestepIntervals intervals = new TimestepIntervals(timesteps, Math.min(timesteps, slot.count() * clips));
        return IntStream.range(0, clips)
                .map(i -> intervals.draw((slot.index() * clips + i) % intervals.slots(), random))
                .toArray();
    }

    /** Draws a slot's timestep. */
    public int draw(int slot, SplittableRandom random) {
        return random.nextInt(first(slot), end(slot));
    }
}
