package kinema.testing;

/** The generator MT19937, as {@code torch.Generator} has it on the processor, written down a second time. */
final class MersenneTwister {
    private static final int N = 624;
    private static final int M = 397;
    private static final float UNIT = 1f / (1 << 24);

    private final int[] state = new int[N];
    private int next = N;

    /** Starts as {@code torch.Generator().manual_seed(seed)} does; only the seed's low 32 bits count. */
    MersenneTwister(long seed) {
        state[0] = (int) seed;
        for (int i = 1; i < N; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next number of {@code torch.rand} in float32: a multiple of 2^-24 in [0, 1). */
    float uniform() {
        return (word() & 0xffffff) * UNIT;
    }

    private int word() {
        if (next == N) {
            twist();
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < N; i++) {
            int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
            state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        next = 0;
    }
}
