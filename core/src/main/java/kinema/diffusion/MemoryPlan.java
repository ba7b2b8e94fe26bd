package kinema.diffusion;

import java.util.List;
import java.util.Optional;
import kinema.tensor.Precision;
import kinema.tensor.Residency;

/**
 * How a request is run so that it fits the memory it may use, worked out before anything is loaded. Phases follow one
 * another, and what is there beside a phase is counted in it, so the largest counts.
 *
 * @param phases in their order
 * @param precision what networks compute in
 * @param residency of the denoising network's weights; those of the others are there only once anyway
 * @param tile the pieces pictures are coded in; empty when they are coded whole
 * @param base bytes the program takes without any of it
 * @param limit bytes that may be used; less what other requests of the model take that run already
 * @param refusal why it cannot be run, with the smallest change with which it could; empty when it can
 */
public record MemoryPlan(
        List<PhaseMemory> phases,
        Precision precision,
        Residency residency,
        Optional<Tile> tile,
        long base,
        long limit,
        Optional<String> refusal) {
    /** Keeps a copy of the list. */
    public MemoryPlan {
        phases = List.copyOf(phases);
        if (phases.isEmpty()) {
            throw new IllegalArgumentException("a memory plan needs at least one phase");
        }
    }

    /** The phase that takes most. */
    public PhaseMemory largest() {
        return phases.stream().reduce((a, b) -> b.bytes() > a.bytes() ? b : a).orElseThrow();
    }

    /** Bytes at the peak of the whole run. */
    public long peak() {
        return base + largest().bytes();
    }

    /** The most that a phase takes for this request alone. */
    public long own() {
        return phases.stream().mapToLong(PhaseMemory::own).max().orElseThrow();
    }

    /** The same plan, which cannot be run. */
    public MemoryPlan refused(String why) {
        return new MemoryPlan(phases, precision, residency, tile, base, limit, Optional.of(why));
    }

    /**
     * This plan, when it can be run.
     *
     * @throws MemoryException when it cannot
     */
    public MemoryPlan required() {
        if (refusal.isPresent()) {
            throw new MemoryException(refusal.get());
        }
        return this;
    }
}
