package kinema.train;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The processes that share the steps of one run. All of them call the same methods in the same order. */
public interface Workers extends AutoCloseable {
    /** One process that does all. */
    Workers ALONE = new Workers() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public void sum(List<Tensor> slots, Tensor sum) {
            sum.zero_();
            slots.forEach(sum::add_);
        }

        @Override
        public double[] sum(double[] numbers) {
            return numbers;
        }

        @Override
        public void close() {}
    };

    /** This process's number, from 0. */
    int rank();

    /** How many there are. */
    int size();

    /**
     * Adds up all processes' gradients, slot by slot in the slots' order, so that the sum has the same bits whatever the number
     * of processes.
     *
     * @param slots gradients of this process's slots, (P) each, the same number in every process
     * @param sum where the sum goes, (P)
     */
    void sum(List<Tensor> slots, Tensor sum);

    /** Sums of numbers over all processes. */
    double[] sum(double[] numbers);

    @Override
    void close();

    /** The first of {@code count} slots that this process computes; it computes {@code count / size}. */
    default int first(int count) {
        Recipes.require(count % size() == 0, "accumulate must be a multiple of the processes, " + size(), count);
        return rank() * (count / size());
    }
}
