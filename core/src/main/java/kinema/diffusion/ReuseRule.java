package kinema.diffusion;

import java.util.List;

/** When the residual of a computed step may be reused. */
@FunctionalInterface
public interface ReuseRule {
    /** Whether that of step {@code b} may stand for that of step {@code i}, given that it does for those between. */
    boolean mayReuse(int b, int i);

    /**
     * The same within MagCache's bounds: after the first fifth of a run, and for three steps in a row at most.
     *
     * @param steps of the run
     */
    default ReuseRule bounded(int steps) {
        return (b, i) -> i >= steps / 5 && i - b <= 3 && mayReuse(b, i);
    }

    /**
     * MagCache's: the residual's magnitude changes from step j - 1 to step j by a ratio γ(j) that is nearly the same for all prompts.
     * Since b it would be off by
     *
     * <pre>  ε(i) = |1 - γ(b + 1) · … · γ(i)|</pre>
     *
     * and may be reused while ε(b + 1) + … + ε(i) is at most the threshold, for three steps in a row at most and after the first
     * fifth of the run.
     *
     * @param ratios γ of each step of the run; the first is not used
     * @see <a href="https://arxiv.org/abs/2506.09045">MagCache, section 3.3</a>
     */
    static ReuseRule mag(List<Double> ratios, double threshold) {
        ReuseRule whole = (b, i) -> {
            double product = 1;
            double error = 0;
            for (int j = b + 1; j <= i; j++) {
                product *= ratios.get(j);
                error += Math.abs(1 - product);
            }
            return error <= threshold;
        };
        return whole.bounded(ratios.size());
    }

    /**
     * TeaCache's: the output changes from one step to the next as a polynomial of the change of the time embedding tells. Reused while
     * the sum of the changes since b is below the threshold.
     *
     * @param changes of each step of the run from the one before; the first is not used
     * @see <a href="https://arxiv.org/abs/2411.19108">TeaCache, section 3.3</a>
     */
    static ReuseRule tea(List<Double> changes, double threshold) {
        return (b, i) -> changes.subList(b + 1, i + 1).stream()
                        .mapToDouble(Double::doubleValue)
                        .sum()
                < threshold;
    }
}
