package kinema.diffusion;

/**
 * What a phase takes at its peak, in bytes of memory that belongs to no file.
 *
 * @param phase which
 * @param weights the converted weights that are there together
 * @param activations everything else that is computed
 */
public record PhaseMemory(Phase phase, long weights, long activations) {
    /** Both together. */
    public long bytes() {
        return weights + activations;
    }
}
