package kinema.memory;

import java.util.Optional;
import kinema.tensor.Residency;

/**
 * How a stage of a run is run and what it takes at its peak, in bytes of memory that belongs to no file.
 *
 * @param stage its name
 * @param residency how the weights of its network are held; empty where there is only one way
 * @param tile the pieces its pictures are coded in; empty where they are coded whole or there are none
 * @param weights the converted weights that are there together, also those that are kept for other stages
 * @param work everything else that is computed
 * @param shared of the weights, those that requests at the same time have in common
 */
public record StageMemory(
        String stage, Optional<Residency> residency, Optional<Tile> tile, long weights, long work, long shared) {
    /** All together. */
    public long bytes() {
        return weights + work;
    }

    /** What the stage takes for this request alone. */
    public long own() {
        return bytes() - shared;
    }
}
