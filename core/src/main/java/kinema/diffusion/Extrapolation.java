package kinema.diffusion;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Takes steps without the network where its guided velocity can be estimated: it goes on linearly over the timesteps. With a
 * and b the last two computed steps,
 *
 * <pre>  v(t) ≈ v(b) + (v(b) - v(a)) · (b - t) / (a - b)</pre>
 *
 * <p>The first four steps and the last two are computed, and of those between every {@code every}th, or more.
 *
 * <p>The guard: at each computed step the estimate is made too, and how far it is off tells the velocity's curvature,
 *
 * <pre>  κ = rms(estimate - v(t)) / ((a - t) · (b - t))</pre>
 *
 * by which the error of the estimates before and after that step is reckoned. An error of a velocity moves the finished latents
 * by {@link Timesteps#reach} times as much, and these the pictures by {@link #GAIN} times that. Errors are added up, as if all
 * pointed the same way. Where the sum would fall below the floor, a step is computed. What the network does with latents that are
 * a little off is in no formula: the constant is chosen so that the reckoning is lower than what was measured.
 *
 * <p>What the steps to come need of those before is a {@link Memory}, part of the run's state. Immutable.
 */
public final class Extrapolation {
    /** What a root mean square of 1 in latents is in pictures from 0 to 1. */
    static final double GAIN = 0.25;

    private static final int FIRST =
            4; // the velocity of noise alone is unlike those after it, and no estimate rests on it
    private static final int LAST = 2;
    private static final float COMPUTED = -1;

    /**
     * What a step leaves for the next ones.
     *
     * @param older the velocity of the last computed step but one; null before there is one
     * @param newer the velocity of the last computed step; null before the first
     * @param errors (1 + steps) float32: the curvature that was measured last, then for each step -1 where it was computed, else by
     *     how much it moves the finished latents from where they would be, as far as that is known; null before the first step
     */
    public record Memory(
            @Nullable Tensor older,
            @Nullable Tensor newer,
            @Nullable Tensor errors) {
        private static final String OLDER = "cache.older";
        private static final String NEWER = "cache.newer";
        private static final String ERRORS = "cache.errors";

        /** That of a run's state; an empty one where it holds none. */
        public static Memory of(Map<String, Tensor> tensors) {
            return new Memory(tensors.get(OLDER), tensors.get(NEWER), tensors.get(ERRORS));
        }

        /** Its tensors by the names under which {@link #of} finds them. */
        public Map<String, Tensor> tensors() {
            Map<String, Tensor> named = new LinkedHashMap<>();
            put(named, OLDER, older);
            put(named, NEWER, newer);
            put(named, ERRORS, errors);
            return named;
        }

        private static void put(Map<String, Tensor> named, String name, @Nullable Tensor tensor) {
            if (tensor != null) {
                named.put(name, tensor);
            }
        }
    }

    /**
     * What a step is taken with.
     *
     * @param velocity the network's or an estimate
     * @param memory for the next step
     */
    public record Prediction(Tensor velocity, Memory memory) {}

    private final Timesteps timesteps;
    private final int every;
    private final double allowed; // error of the finished latents

    /**
     * The rule for a run.
     *
     * @param every how many steps at most from one computed step to the next, at least 2
     * @param floor how near the pictures are to be to those of all steps computed, in dB; empty for whatever becomes
     */
    public Extrapolation(Timesteps timesteps, int every, OptionalDouble floor) {
        if (every < 2) {
            throw new IllegalArgumentException("every must be at least 2, found " + every);
        }
        this.timesteps = timesteps;
        this.every = every;
        allowed = floor.isPresent() ? Math.pow(10, -floor.getAsDouble() / 20) / GAIN : Double.POSITIVE_INFINITY;
    }

    /**
     * The velocity of step {@code i}; all tensors in the caller's scope.
     *
     * @param network is asked where it has to be
     */
    public Prediction predict(int i, Memory memory, Supplier<Tensor> network) {
        float[] errors = errors(memory);
        int b = computedBefore(i, errors);
        int a = computedBefore(b, errors);
        if (a < 0) {
            return computed(i, network.get(), memory, errors);
        }
        double error = timesteps.reach(i) * errors[0] * distances(a, b, i);
        if (!mustCompute(i, b) && sum(errors) + error <= allowed) {
            errors[1 + i] = (float) error;
            return new Prediction(
                    estimate(memory, a, b, i), new Memory(memory.older(), memory.newer(), tensor(errors)));
        }
        Tensor velocity = network.get();
        errors[0] = (float) (distance(velocity, estimate(memory, a, b, i)) / distances(a, b, i));
        for (int j = b + 1; j < i; j++) {
            errors[1 + j] = (float) (timesteps.reach(j) * errors[0] * distances(a, b, j));
        }
        return computed(i, velocity, memory, errors);
    }

    /** What a run with this memory has estimated so far. */
    public Estimates report(int done, Memory memory) {
        float[] errors = errors(memory);
        int computed = 0;
        for (int i = 0; i < done; i++) {
            computed += errors[1 + i] == COMPUTED ? 1 : 0;
        }
        return new Estimates(computed, done - computed, -20 * Math.log10(GAIN * sum(errors)));
    }

    private Prediction computed(int i, Tensor velocity, Memory memory, float[] errors) {
        errors[1 + i] = COMPUTED;
        return new Prediction(velocity, new Memory(memory.newer(), velocity, tensor(errors)));
    }

    private boolean mustCompute(int i, int lastComputed) {
        return i < FIRST || i >= timesteps.count() - LAST || i - lastComputed >= every;
    }

    /** Made by the formula above. */
    private Tensor estimate(Memory memory, int a, int b, int i) {
        double part = (double) (timesteps.at(b) - timesteps.at(i)) / (timesteps.at(a) - timesteps.at(b));
        Tensor older = required(memory.older());
        Tensor newer = required(memory.newer());
        return Scopes.keep(() -> newer.add(newer.sub(older), new Scalar(part)));
    }

    private double distances(int a, int b, int i) {
        return (double) (timesteps.at(a) - timesteps.at(i)) * (timesteps.at(b) - timesteps.at(i));
    }

    private static double distance(Tensor x, Tensor y) {
        return Scopes.run(() -> x.sub(y).square().mean().sqrt().item_double());
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

    private float[] errors(Memory memory) {
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

    private static Tensor required(@Nullable Tensor tensor) {
        if (tensor == null) {
            throw new IllegalStateException("the state's cache holds fewer velocities than computed steps");
        }
        return tensor;
    }
}
