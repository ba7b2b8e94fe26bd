package kinema.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.weights.Parameters;
import org.bytedeco.pytorch.Tensor;

/**
 * The loop every network is trained by: loss, gradient, step, log, pictures, state.
 *
 * <p>Resumable at any moment: it starts from the state in the run's folder and saves it every few minutes, at the end
 * and when it is cancelled.
 */
public final class TrainingLoop {
    /**
     * How long and how often.
     *
     * @param steps in all
     * @param logEvery steps between log lines
     * @param sampleEvery steps between pictures
     * @param saveEvery seconds between saved states
     */
    public record Pace(long steps, long logEvery, long sampleEvery, long saveEvery) {
        /** Checks the ranges. */
        public Pace {
            Recipes.require(steps > 0, "steps must be above 0", steps);
            Recipes.require(logEvery > 0, "log_every must be above 0", logEvery);
            Recipes.require(sampleEvery > 0, "sample_every must be above 0", sampleEvery);
            Recipes.require(saveEvery > 0, "save_every must be above 0 seconds", saveEvery);
        }
    }

    /** Draws pictures of what the network can do, with the averaged parameters in place. */
    @FunctionalInterface
    public interface Picture {
        /** Called after this many steps. */
        void draw(long step);
    }

    private final RunFolder folder;
    private final Pace pace;
    private final OptimizerRecipe recipe;
    private final TrainingListener listener;

    /** A loop that keeps its state in {@code folder}. */
    public TrainingLoop(RunFolder folder, Pace pace, OptimizerRecipe recipe, TrainingListener listener) {
        this.folder = folder;
        this.pace = pace;
        this.recipe = recipe;
        this.listener = listener;
    }

    /**
     * Runs until the last step or until it is cancelled. Afterwards the parameters hold their moving average.
     *
     * @return whether the run came to its end
     */
    public boolean run(Parameters parameters, Rng rng, Objective objective, Picture picture) {
        try (AdamW optimizer = new AdamW(parameters, recipe)) {
            long step = folder.resume(parameters, optimizer, rng);
            listener.line(
                    step == 0
                            ? "training " + parameters.count() + " parameters for " + pace.steps() + " steps"
                            : "going on at step " + step + " of " + pace.steps());
            Meter meter = new Meter();
            long saved = System.nanoTime();
            for (; step < pace.steps() && !listener.cancelled(); step++) {
                meter.add(step(step, optimizer, rng, objective));
                if ((step + 1) % pace.logEvery() == 0) {
                    log(step + 1, meter);
                    meter = new Meter();
                }
                if ((step + 1) % pace.sampleEvery() == 0) {
                    withAverage(parameters, optimizer, picture, step + 1);
                }
                if (System.nanoTime() - saved > pace.saveEvery() * 1_000_000_000L) {
                    folder.save(step + 1, parameters, optimizer, rng);
                    saved = System.nanoTime();
                }
            }
            folder.save(step, parameters, optimizer, rng);
            parameters.values().copy_(optimizer.average());
            return step >= pace.steps();
        }
    }

    private Map<String, Double> step(long step, AdamW optimizer, Rng rng, Objective objective) {
        double rate = recipe.learningRate(step, pace.steps());
        Map<String, Double> row = new LinkedHashMap<>();
        Scopes.run(() -> {
            Objective.Loss loss = objective.loss(step, rng);
            row.put("loss", loss.value().item_double());
            row.putAll(loss.parts());
            loss.value().backward();
        });
        if (!Double.isFinite(row.getOrDefault("loss", Double.NaN))) {
            throw new IllegalStateException("the loss is not a number at step " + step
                    + "; the last saved state is kept: lower the learning rate and go on from it");
        }
        row.put("gradient", optimizer.step(step, rate));
        row.put("rate", rate);
        return row;
    }

    private static void withAverage(Parameters parameters, AdamW optimizer, Picture picture, long step) {
        try (Tensor current = Scopes.keep(() -> parameters.values().clone())) {
            parameters.values().copy_(optimizer.average());
            picture.draw(step);
            parameters.values().copy_(current);
        }
    }

    private void log(long step, Meter meter) {
        Map<String, Double> row = new LinkedHashMap<>();
        row.put("step", (double) step);
        row.putAll(meter.means());
        row.put("seconds_per_step", meter.secondsPerStep());
        folder.log(row);
        StringBuilder line = new StringBuilder("step " + step + "/" + pace.steps());
        row.forEach((name, value) -> {
            if (!name.equals("step")) {
                line.append(String.format(Locale.ROOT, "  %s %.4g", name.replace('_', ' '), value));
            }
        });
        listener.line(line.toString());
    }

    /** Means of the numbers of several steps. */
    private static final class Meter {
        private final Map<String, Double> sums = new LinkedHashMap<>();
        private final long start = System.nanoTime();
        private long count;

        void add(Map<String, Double> row) {
            row.forEach((name, value) -> sums.merge(name, value, Double::sum));
            count++;
        }

        Map<String, Double> means() {
            Map<String, Double> means = new LinkedHashMap<>();
            sums.forEach((name, sum) -> means.put(name, sum / count));
            return means;
        }

        double secondsPerStep() {
            return (System.nanoTime() - start) / 1e9 / count;
        }
    }
}
