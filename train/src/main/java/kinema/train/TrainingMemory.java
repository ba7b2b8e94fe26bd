package kinema.train;

import java.util.List;
import kinema.memory.ByteSize;
import kinema.memory.MemoryException;
import kinema.tensor.MachineMemory;
import kinema.weights.LeafSpec;

/**
 * What a run will take in memory at its peak, known before anything is loaded: parameters with what moves them, and a batch with all that
 * its derivatives need, which the network's own code says when it is run without contents.
 *
 * @param trained bytes of the parameters, their gradient, and what the optimiser and the moving average keep of them
 * @param frozen bytes of weights that are used and not trained
 * @param batch bytes at the peak of a slot
 */
public record TrainingMemory(long trained, long frozen, long batch) {
    /** The program itself, its libraries and the clips that are rendered or decoded ahead. */
    private static final long PROGRAM = 400_000_000;

    /** Peak of a slot of convolutions over that of its forward pass, measured (docs/LOG.md); of a transformer they are the same. */
    private static final double DERIVATIVES = 1.7;

    private static final int VECTORS = 4; // values, gradient, its running mean and mean square

    /** Of parameters, as their network asks for them. */
    public static long trained(List<LeafSpec> leaves, OptimizerRecipe optimizer) {
        return count(leaves) * Float.BYTES * (VECTORS + (optimizer.averages() ? 1 : 0));
    }

    /** Of weights that are used in float32 and not trained. */
    public static long frozen(List<LeafSpec> leaves) {
        return count(leaves) * Float.BYTES;
    }

    /** Of a slot of a network of convolutions, of whose forward pass this is the peak. */
    public static long convolutions(long forward) {
        return (long) (DERIVATIVES * forward);
    }

    private static long count(List<LeafSpec> leaves) {
        return leaves.stream().mapToLong(LeafSpec::count).sum();
    }

    /** All of it. */
    public long peak() {
        return trained + frozen + batch + PROGRAM;
    }

    /**
     * Tells of it before the run starts; of several processes one does.
     *
     * @param advice what of the recipe makes it smaller
     * @throws MemoryException when there is less
     */
    public void tell(Run run, String advice) {
        long there = run.maxMemory().orElseGet(MachineMemory::free);
        String most = ByteSize.text(there) + (run.maxMemory().isPresent() ? " may be used" : " are free");
        if (peak() > there) {
            throw new MemoryException("training needs about " + ByteSize.text(peak()) + " (" + parts() + "), and "
                    + most + ": " + advice);
        }
        if (run.leads()) {
            run.listener().line("memory: about " + ByteSize.text(peak()) + " at the peak (" + parts() + "); " + most);
        }
    }

    private String parts() {
        return ByteSize.text(trained) + " what is trained, "
                + (frozen > 0 ? ByteSize.text(frozen) + " frozen weights, " : "") + ByteSize.text(batch)
                + " a batch and its derivatives";
    }
}
