package kinema.train;

import kinema.tensor.Rng;

/**
 * One share of a training step: a step is the mean over its slots, whatever processes compute them.
 *
 * <p>All that is random in a slot comes from its seed, so a run is repeated, gone on with or spread over processes without
 * any state of a generator.
 *
 * @param step from 0
 * @param index of the slot in its step, from 0
 * @param count slots of the step
 * @param seed of the run
 */
public record Slot(long step, int index, int count, long seed) {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    /** The slot's number in the run. */
    public long number() {
        return step * count + index;
    }

    /** A generator of this slot's random tensors, to be closed. */
    public Rng rng() {
        return new Rng(mixed(mixed(seed) + number()) >>> 32); // libtorch's generator takes 32 bits
    }

    /** The seed of this slot's other random numbers. */
    public long randomSeed() {
        return mixed(mixed(seed) ^ mixed(number() + 1));
    }

    /** Steele, Lea and Flood's SplitMix64: neighbouring numbers become unlike ones. */
    private static long mixed(long value) {
        long z = value + GOLDEN;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
