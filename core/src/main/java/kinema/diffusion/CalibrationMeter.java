package kinema.diffusion;

import java.util.Arrays;
import java.util.List;
import kinema.diffusion.StepNetwork.Computed;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Computes every step and measures by how much a step differs from the one before, as means over all runs that it is used for, one
 * after the other.
 */
public final class CalibrationMeter implements Predictor {
    private final double[] ratios;
    private final double[] changes;
    private int runs;

    /** For runs of so many steps, without a run yet. */
    public CalibrationMeter(int steps) {
        ratios = new double[steps];
        changes = new double[steps];
    }

    @Override
    public Prediction predict(int i, Memory memory, StepNetwork network) {
        Computed made = network.withResidual();
        if (i == 0) {
            runs++;
        } else {
            ratios[i] += ratio(made.kept(), Estimator.required(memory.newer()));
            changes[i] += change(made.velocity(), Estimator.required(memory.older()));
        }
        return new Prediction(made.velocity(), new Memory(made.velocity(), made.kept(), null));
    }

    /**
     * γ of each step but the first: the residual's magnitude over that of the step before, mean over tokens, of which each counts alike.
     *
     * @throws IllegalStateException when the blocks add nothing, as those of an untrained network
     */
    public List<Double> ratios() {
        return means(ratios);
    }

    /** Of each step but the first, by how much the velocity differs from that of the step before: mean over mean of absolute values. */
    public List<Double> changes() {
        return means(changes);
    }

    /** How much y differs from x, as TeaCache measures: the mean of absolute differences over that of absolute values. */
    public static double change(Tensor y, Tensor x) {
        return Scopes.run(() -> {
            Tensor from = x.to(ScalarType.Float);
            return y.to(ScalarType.Float).sub(from).abs().mean().item_double()
                    / from.abs().mean().item_double();
        });
    }

    private static double ratio(Tensor y, Tensor x) {
        return Scopes.run(() -> norms(y).div(norms(x)).mean().item_double());
    }

    /** (B, N, D) to (B, N). */
    private static Tensor norms(Tensor x) {
        return x.to(ScalarType.Float).square().sum(2).sqrt();
    }

    private List<Double> means(double[] sums) {
        List<Double> means =
                Arrays.stream(sums).skip(1).map(sum -> sum / runs).boxed().toList();
        if (!means.stream().allMatch(Double::isFinite)) {
            throw new IllegalStateException(
                    "the network's blocks add nothing to what enters them, as those of an untrained"
                            + " one; there is nothing to calibrate");
        }
        return means;
    }
}
