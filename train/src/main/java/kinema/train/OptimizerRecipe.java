package kinema.train;

/**
 * How parameters are moved: AdamW with clipped gradients, a schedule of the learning rate, and a moving average.
 *
 * @param learningRate after the warm-up
 * @param schedule how it goes on then
 * @param warmup steps until it is reached; 0 for none
 * @param beta1 memory of the gradient
 * @param beta2 memory of its square
 * @param weightDecay pull towards zero, per step and learning rate
 * @param clip largest norm of the whole gradient
 * @param ema memory of the moving average of the parameters, which is what is kept in the end; 0 for none
 */
public record OptimizerRecipe(
        double learningRate,
        RateSchedule schedule,
        long warmup,
        double beta1,
        double beta2,
        double weightDecay,
        double clip,
        double ema) {
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

    /** The learning rate of a step, from 0, of {@code total}. */
    public double learningRate(long step, long total) {
        return learningRate * schedule.share(step, warmup, total);
    }

    /** Whether a moving average is kept. */
    public boolean averages() {
        return ema > 0;
    }

    /** The memory of the moving average at a step: short at first, so that the start is soon forgotten. */
    public double ema(long step) {
        return Math.min(ema, (1.0 + step) / (10.0 + step));
    }
}
