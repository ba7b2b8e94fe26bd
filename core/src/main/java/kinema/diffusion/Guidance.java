package kinema.diffusion;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Classifier-free guidance: leads from the prediction without the prompt to the one with it, and beyond.
 *
 * <p>Dynamic guidance puts the training timestep where one would expect the step's index, so the
 * scale swings between 1 and 1 + scale; its authors found that this avoids over-exposure and kept it.
 *
 * @param scale 1 turns guidance off
 * @param dynamic whether the scale swings
 * @param steps of the run
 * @see <a href="https://arxiv.org/abs/2207.12598">Classifier-free diffusion guidance</a>
 */
public record Guidance(double scale, boolean dynamic, int steps) {
    private static final double POWER = 5;

    /** Whether the prediction without the prompt is needed at all. */
    public boolean active() {
        return active(scale);
    }

    /** Whether a scale needs the prediction without the prompt. */
    public static boolean active(double scale) {
        return scale > 1;
    }

    /** The scale at a training timestep. */
    public double at(int timestep) {
        if (!dynamic) {
            return scale;
        }
        double progress = Math.pow((double) (steps - timestep) / steps, POWER);
        return 1 + scale * (1 - Math.cos(Math.PI * progress)) / 2;
    }

    /**
     * Joins the two predictions: without + scale · (with - without).
     *
     * @param both (2, …), without the prompt first
     * @return (1, …)
     */
    public Tensor join(Tensor both, int timestep) {
        return Scopes.keep(() -> {
            Tensor without = both.narrow(0, 0, 1);
            Tensor with = both.narrow(0, 1, 1);
            return without.add(with.sub(without), new Scalar(at(timestep))); // (1, …)
        });
    }
}
