package kinema.diffusion;

import java.util.Arrays;
import java.util.OptionalDouble;
import kinema.diffusion.StepNetwork.Computed;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Takes steps without most of the network's work where an {@link Estimator} can do without, and guards what that costs.
 *
 * <p>The guard: at each computed step the estimate is made too, and how far it is off tells the rate at which errors grow there,
 *
 * <pre>  κ = rms(estimate - v(t)) / growth(t)</pre>
 *
 * by which the error of the estimates before and after that step is reckoned. An error of a velocity moves the finished latents
 * by {@link Timesteps#reach} times as much, and these the pictures by {@link #GAIN} times that. Errors are added up, as if all
 * pointed the same way. Where the sum would fall below the floor, a step is computed. What the network does with latents that are
 * a little off is in no formula: the constant, and each estimator's weight, are chosen so that the reckoning is lower than what was
 * measured.
 *
 * <p>Of a run's {@link Memory} the errors hold κ as measured last, then for each step -1 where it was computed, else by how much it
 * moves the finished latents from where they would be, as far as that is known. Immutable.
 */
public final class StepCache implements Predictor {
    /** What a root mean square of 1 in latents is in pictures from 0 to 1. */
    static final double GAIN = 0.25;

    private static final float COMPUTED = -1;

    private final Timesteps timesteps;
    private final Estimator estimator;
    private final double allowed; // error of the finished latents

    /**
     * The rule for a run.
     *
     * @param floor how near the pictures are to be to those of all steps computed, in dB; empty for whatever becomes
     */
    public StepCache(Timesteps timesteps, Estimator estimator, OptionalDouble floor) {
        this.timesteps = timesteps;
        this.estimator = estimator;
        allowed = floor.isPresent() ? Math.pow(10, -floor.getAsDouble() / 20) / GAIN : Double.POSITIVE_INFINITY;
    }

    @Override
    public Prediction predict(int i, Memory memory, StepNetwork network) {
        float[] errors = errors(memory, timesteps);
        int b = computedBefore(i, errors);
        int a = computedBefore(b, errors);
        if ((estimator.basis() == 1 ? b : a) < 0) {
            return computed(i, estimator.compute(network), memory, errors);
        }
        double error = estimator.weight() * (timesteps.reach(i) * errors[0] * estimator.growth(a, b, i));
        if (estimator.mayEstimate(b, i) && sum(errors) + error <= allowed) {
            errors[1 + i] = (float) error;
            return new Prediction(
                    estimator.estimate(memory, a, b, i, network),
                    new Memory(memory.older(), memory.newer(), tensor(errors)));
        }
        Computed made = estimator.compute(network);
        double off = Scopes.run(() -> {
            Tensor estimate = estimator.estimate(memory, a, b, i, network);
            return made.velocity().sub(estimate).square().mean().sqrt().item_double();
        });
        errors[0] = (float) (off / estimator.growth(a, b, i));
        for (int j = b + 1; j < i; j++) {
            errors[1 + j] = (float) (estimator.weight() * (timesteps.reach(j) * errors[0] * estimator.growth(a, b, j)));
        }
        return computed(i, made, memory, errors);
    }

    /** What a run with this memory has estimated in the steps that are done. */
    public static Estimates report(int done, Memory memory, Timesteps timesteps) {
        float[] errors = errors(memory, timesteps);
        int computed = 0;
        for (int i = 0; i < done; i++) {
            computed += errors[1 + i] == COMPUTED ? 1 : 0;
        }
        return new Estimates(computed, done - computed, -20 * Math.log10(GAIN * sum(errors)));
    }

    private Prediction computed(int i, Computed made, Memory memory, float[] errors) {
        errors[1 + i] = COMPUTED;
        @Nullable Tensor older = estimator.basis() == 1 ? null : memory.newer();
        return new Prediction(made.velocity(), new Memory(older, made.kept(), tensor(errors)));
    }

    private static double sum(float[] errors) {
        double sum = 0;
        for (int i = 1; i < errors.length; i++) {
            sum += Math.max(0, errors[i]);
        }
        return sum;
    }

    /** The last computed step before {@code i}; -1 where there is none. */
    private static int computedBefore(int i, float[] errors) {
        int step = i - 1;
        while (step >= 0 && errors[1 + step] != COMPUTED) {
            step--;
        }
        return step;
    }

    private static float[] errors(Memory memory, Timesteps timesteps) {
        int size = 1 + timesteps.count();
        float[] errors = memory.errors() == null ? new float[size] : Tensors.floats(memory.errors());
        if (errors.length != size) {
            throw new IllegalStateException(
                    "the state's cache is of " + (errors.length - 1) + " steps, the run has " + timesteps.count());
        }
        return Arrays.copyOf(errors, size);
    }

    private static Tensor tensor(float[] errors) {
        return Tensors.of(errors, errors.length);
    }
}
