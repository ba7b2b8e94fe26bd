package kinema.diffusion;

/**
 * What a phase takes at its peak, in bytes of memory that belongs to no file.
 *
 * @param phase which
 * @param weights the converted weights that are there together
 * @param activations everything else that is computed
 * @param shared of the weights, those that requests at the same time have in common
 */
public record PhaseMemory(Phase phase, long weights, long activations, long shared) {
    /** A phase with weights of its own alone. */
    public PhaseMemory(Phase phase, long weights, long activations) {
        this(phase, weights, activations, 0);
    }

    /** The same with other work beside it. */
    public PhaseMemory withWork(long more) {
        return new PhaseMemory(phase, weights, activations + more, shared);
    }

    /** The same with weights beside it that requests at the same time have in common. */
    public PhaseMemory withShared(long more) {
        return new PhaseMemory(phase, weights + more, activations, shared + more);
    }

    /** All together. */
    public long bytes() {
        return weights + activations;
    }

    /** What the phase takes for this request alone. */
    public long own() {
        return bytes() - shared;
    }
}
