package kinema.train;

/**
 * How parameters are moved: AdamW with clipped gradients, a linear warm-up, a cosine down to zero, and a moving average.
 *
 * @param learningRate at the top of the schedule
 * @param warmup steps until the top
 * @param beta1 memory of the gradient
 * @param beta2 memory of its square
 * @param weightDecay pull towards zero, per step and learning rate
 * @param clip largest norm of the whole gradient
 * @param ema memory of the moving average of the parameters, which is what is kept in the end
 */
public record OptimizerRecipe(
        double learningRate, long warmup, double beta1, double beta2, double weightDecay, double clip, double ema) {
    /** Checks the ranges. */
    public OptimizerRecipe {
        Recipes.require(learningRate > 0, "optimizer.learning_rate must be above 0", learningRate);
        Recipes.require(warmup >= 0, "optimizer.warmup must be 0 or more", warmup);
        Recipes.require(beta1 >= 0 && beta1 < 1, "optimizer.beta1 must be in [0, 1)", beta1);
        Recipes.require(beta2 >= 0 && beta2 < 1, "optimizer.beta2 must be in [0, 1)", beta2);
        Recipes.require(weightDecay >= 0, "optimizer.weight_decay must be 0 or more", weightDecay);
        Recipes.require(clip > 0, "optimizer.clip must be above 0", clip);
        Recipes.require(ema >= 0 && ema < 1, "optimizer.ema must be in [0, 1)", ema);
    }

    /** The learning rate of a step of {@code total}: up over the warm-up, then down to zero along a cosine. */
    public double learningRate(long step, long total) {
        if (step < warmup) {
            return learningRate * (step + 1) / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, total - warmup);
        return learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
    }

    /** The memory of the moving average at a step: short at first, so that the start is soon forgotten. */
    public double ema(long step) {
        return Math.min(ema, (1.0 + step) / (10.0 + step));
    }
}
