package kinema.memory;

import java.util.List;
import java.util.Optional;
import kinema.tensor.Precision;
import kinema.tensor.Residency;

/**
 * How a request is run so that it fits the memory it may use, worked out before anything is loaded. Stages follow one
 * another, and what is there beside a stage is counted in it, so the largest counts.
 *
 * @param stages in their order
 * @param precision what networks compute in
 * @param base bytes the program takes without any of it
 * @param limit bytes that may be used; less what other requests of the process take that run already
 * @param refusal why it cannot be run, with the smallest change with which it could; empty when it can
 */
public record MemoryPlan(
        List<StageMemory> stages, Precision precision, long base, long limit, Optional<String> refusal) {
    /** Keeps a copy of the list. */
    public MemoryPlan {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("a memory plan needs at least one stage");
        }
    }

    /** The stage that takes most. */
    public StageMemory largest() {
        return stages.stream().reduce((a, b) -> b.bytes() > a.bytes() ? b : a).orElseThrow();
    }

    /** Bytes at the peak of the whole run. */
    public long peak() {
        return base + largest().bytes();
    }

    /** The most that a stage takes for this request alone. */
    public long own() {
        return stages.stream().mapToLong(StageMemory::own).max().orElseThrow();
    }

    /** The stage of this name. */
    public StageMemory stage(String name) {
        return stages.stream()
                .filter(stage -> stage.stage().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no stage '" + name + "' in the plan, only "
                        + stages.stream().map(StageMemory::stage).toList()));
    }

    /** How the weights of a stage's network are held. */
    public Residency residency(String stage) {
        return stage(stage)
                .residency()
                .orElseThrow(() ->
                        new IllegalArgumentException("the weights of stage '" + stage + "' are held in one way only"));
    }

    /** The pieces pictures are coded in; empty when they are coded whole. */
    public Optional<Tile> tile() {
        return stages.stream().flatMap(stage -> stage.tile().stream()).findFirst();
    }

    /** The same plan, which cannot be run. */
    public MemoryPlan refused(String why) {
        return new MemoryPlan(stages, precision, base, limit, Optional.of(why));
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
