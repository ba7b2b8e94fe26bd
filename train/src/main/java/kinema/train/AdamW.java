package kinema.train;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay over the flat vector of a network's parameters, with a moving average of them.
 *
 * <p>Axis: P parameters. Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1711.05101">Decoupled Weight Decay Regularization, algorithm 2</a>
 */
public final class AdamW implements AutoCloseable {
    private static final double EPS = 1e-8;
    private static final double CLIP_EPS = 1e-6;

    private final Parameters parameters;
    private final OptimizerRecipe recipe;
    private final Tensor mean; // (P) of the gradient
    private final Tensor square; // (P) mean square of the gradient
    private final @Nullable Tensor average; // (P) of the parameters

    /** An optimiser of {@code parameters} that has taken no step yet. */
    public AdamW(Parameters parameters, OptimizerRecipe recipe) {
        this.parameters = parameters;
        this.recipe = recipe;
        mean = Scopes.own(Tensors.zeros(ScalarType.Float, parameters.count()));
        square = Scopes.own(Tensors.zeros(ScalarType.Float, parameters.count()));
        average = recipe.averages()
                ? Scopes.own(Scopes.keep(() -> parameters.values().clone()))
                : null;
    }

    /** The gradient's running mean, (P). */
    Tensor mean() {
        return mean;
    }

    /** The gradient's running mean square, (P). */
    Tensor square() {
        return square;
    }

    /** What is kept in the end, (P): the moving average of the parameters, or they themselves. */
    Tensor average() {
        return average == null ? parameters.values() : average;
    }

    /**
     * Moves the parameters along the gradient and sets the gradient to zero. A gradient that is not finite moves nothing.
     *
     * @param step from 0
     * @return the gradient's norm before clipping
     */
    public double step(long step, double learningRate) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.run(() -> {
                Tensor gradient = parameters.gradient();
                double norm = gradient.norm().item_double();
                if (!Double.isFinite(norm)) {
                    return norm;
                }
                double factor = recipe.clip() / (norm + CLIP_EPS);
                if (factor < 1) {
                    gradient.mul_(scalar(factor));
                }
                update(gradient, step + 1, learningRate);
                gradient.zero_();
                if (average != null) {
                    average.lerp_(parameters.values(), scalar(1 - recipe.ema(step)));
                }
                return norm;
            });
        }
    }

    private void update(Tensor gradient, long count, double learningRate) {
        mean.lerp_(gradient, scalar(1 - recipe.beta1()));
        square.mul_(scalar(recipe.beta2())).addcmul_(gradient, gradient, scalar(1 - recipe.beta2()));
        double unbias1 = 1 - Math.pow(recipe.beta1(), count);
        double unbias2 = Math.sqrt(1 - Math.pow(recipe.beta2(), count));
        Tensor deviation = square.sqrt().div_(scalar(unbias2)).add_(scalar(EPS)); // (P)
        Tensor values = parameters.values();
        values.mul_(scalar(1 - learningRate * recipe.weightDecay()));
        values.addcdiv_(mean, deviation, scalar(-learningRate / unbias1));
    }

    private static Scalar scalar(double value) {
        return new Scalar(value);
    }

    @Override
    public void close() {
        Scopes.free(mean);
        Scopes.free(square);
        if (average != null) {
            Scopes.free(average);
        }
    }
}
