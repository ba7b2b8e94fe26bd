package kinema.diffusion;

/**
 * What a phase takes at its peak, in bytes of memory that belongs to no file.
 *
 * @param phase which
 * @param weights the converted weights that are there together
 * @param activations everything else that is computed
 */
public record PhaseMemory(Phase phase, long weights, long activations) {
    /** The same with other work beside it. */
    public PhaseMemory with(long more) {
        return new PhaseMemory(phase, weights, activations + more);
    }

    /** Both together. */
    public long bytes() {
        return weights + activations;
    }
}
