package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.nn.Linear;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.cogvideox.VaeRecipe;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
    private static final OptimizerRecipe RECIPE =
            new OptimizerRecipe(0.1, RateSchedule.COSINE, 2, 0.9, 0.99, 0.01, 1.0, 0.9);
    private static final int STEPS = 20;

    @TempDir
    Path folder;

    @Test
    void theFirstStepsAreThoseOfTheFormula() {
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> Linear.withoutBias(w, 1, 1), rng);
                AdamW optimizer = new AdamW(parameters, RECIPE)) {
            double x = Tensors.floats(parameters.values())[0];
            double m = 0;
            double v = 0;
            for (int step = 0; step < 5; step++) {
                double g = 0.3 - 0.1 * step;
                setGradient(parameters, (float) g);
                optimizer.step(step, 0.1);
                m = 0.9 * m + 0.1 * g;
                v = 0.99 * v + 0.01 * g * g;
                x -= 0.1 * 0.01 * x;
                x -= 0.1 * (m / (1 - Math.pow(0.9, step + 1))) / (Math.sqrt(v / (1 - Math.pow(0.99, step + 1))) + 1e-8);
                assertThat(Tensors.floats(parameters.values())[0]).isCloseTo((float) x, within(1e-5f));
            }
        }
    }

    @Test
    void theAverageFollowsTheParameters() {
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> Linear.withoutBias(w, 1, 1), rng);
                AdamW optimizer = new AdamW(parameters, RECIPE)) {
            double average = Tensors.floats(parameters.values())[0];
            for (int step = 0; step < 40; step++) {
                setGradient(parameters, 1);
                optimizer.step(step, 0.1);
                double share = RECIPE.ema(step);
                average = share * average + (1 - share) * Tensors.floats(parameters.values())[0];
                assertThat(Tensors.floats(optimizer.average())[0]).isCloseTo((float) average, within(1e-5f));
            }
        }
    }

    @Test
    void aLineOfTheLogHasTheRowsNumbers() {
        Map<String, Double> row = new LinkedHashMap<>();
        row.put("step", 20.0);
        row.put("loss", 1.5);
        row.put("seconds_per_step", 0.25);
        assertThat(new Progress(0, 20).line(20, row))
                .isEqualTo("step 20/20  loss 1.500  seconds per step 0.2500  0 s left");
    }

    @Test
    void aLargeGradientIsClippedToTheNorm() {
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> Linear.withoutBias(w, 2, 2), rng);
                AdamW optimizer = new AdamW(parameters, RECIPE)) {
            setGradient(parameters, 3);
            assertThat(optimizer.step(0, 0.1)).isCloseTo(6, within(1e-5));
            double norm = Scopes.run(() -> optimizer.mean().norm().item_double());
            assertThat(norm).as("norm of the mean after one step").isCloseTo(0.1, within(1e-5));
        }
    }

    @Test
    void theRateRisesFromZeroThenFalls() {
        assertThat(RECIPE.learningRate(0, 100)).isEqualTo(0);
        assertThat(RECIPE.learningRate(1, 100)).isCloseTo(0.05, within(1e-9));
        assertThat(RECIPE.learningRate(2, 100)).isCloseTo(0.1, within(1e-9));
        assertThat(RECIPE.learningRate(51, 100)).isCloseTo(0.05, within(1e-9));
        assertThat(RECIPE.learningRate(100, 100)).isCloseTo(0, within(1e-9));
        assertThat(RateSchedule.CONSTANT.share(99, 0, 100)).isEqualTo(1);
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        float[] straight = train(whole, Long.MAX_VALUE, 2);
        for (long steps = 7; steps < STEPS; steps += 7) {
            train(parts, steps, 2);
        }
        assertThat(train(parts, Long.MAX_VALUE, 2)).containsExactly(straight);
        assertThat(curve(parts)).isEqualTo(curve(whole)).hasSize(1 + 4);
    }

    @Test
    void rowsAfterTheCheckpointOfAKilledRunAreWrittenAgain() throws IOException {
        train(folder, 12, 1);
        List<String> rows = new ArrayList<>(Files.readAllLines(folder.resolve("metrics.csv")));
        rows.add("15,9,9,9,9,9");
        Files.write(folder.resolve("metrics.csv"), rows);
        train(folder, Long.MAX_VALUE, 1);
        assertThat(Files.readAllLines(folder.resolve("metrics.csv")).get(3)).startsWith("15,0.");
        assertThat(curve(folder)).hasSize(1 + 4);
    }

    @Test
    void slotsOfAStepAreAveraged() {
        float[] two = train(folder.resolve("two"), Long.MAX_VALUE, 2);
        float[] one = train(folder.resolve("one"), Long.MAX_VALUE, 1);
        assertThat(two).isNotEqualTo(one);
    }

    @Test
    void checkpointsAreThinnedOut() throws IOException {
        for (int i = 0; i < 8; i++) {
            train(folder, 2, 1);
        }
        try (Stream<Path> files = Files.list(folder.resolve("checkpoints"))) {
            assertThat(files.map(file -> file.getFileName().toString()).sorted())
                    .containsExactly(
                            "step-0000012.safetensors", "step-0000014.safetensors", "step-0000016.safetensors");
        }
    }

    @Test
    void aLossThatIsNotANumberStopsTheRunAndKeepsTheCheckpoint() {
        train(folder, 3, 1);
        assertThatThrownBy(() -> train(folder, Long.MAX_VALUE, 1, 5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the loss of the network is not a number at step 5")
                .hasMessageContaining("the last checkpoint is kept (step 3)");
        assertThat(RunFolder.resume(folder).steps()).isEqualTo(3);
    }

    @Test
    void aStateOfAnotherNetworkIsRefused() {
        train(folder, 3, 1);
        try (Rng rng = new Rng(1);
                Parameters other = Parameters.init(w -> new Linear(w, 5, 5), rng);
                Moved moved = Moved.of(new Learner(other, RECIPE, slot -> {
                    throw new AssertionError();
                }))) {
            assertThatThrownBy(() -> RunFolder.resume(folder).checkpoints().resume(List.of(moved)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'values' has shape (8), the recipe's network has 30 parameters");
        }
    }

    @Test
    void aRunIsNotStartedOverAnother() {
        train(folder, 3, 1);
        assertThatThrownBy(() -> RunFolder.start(folder, "test", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds a run after 3 steps; go on with it by 'kinema train --resume " + folder);
        assertThatThrownBy(() -> RunFolder.resume(folder.resolve("nothing")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds no training run");
    }

    @Test
    void theRunIsPlotted() {
        train(folder, Long.MAX_VALUE, 1);
        for (String plot : new String[] {"loss", "rate", "speed", "gradient"}) {
            assertThat(folder.resolve("plots").resolve(plot + ".png")).isNotEmptyFile();
        }
        assertThat(folder.resolve("plots/loss-by-timestep.png")).doesNotExist();
    }

    @Test
    void timesAreToldInWords() {
        assertThat(Progress.left(7)).isEqualTo("7 s left");
        assertThat(Progress.left(150)).isEqualTo("2 min left");
        assertThat(Progress.left(7300)).isEqualTo("2 h 1 min left");
    }

    @Test
    void recipesNameWhatIsWrong() throws IOException {
        Path file = folder.resolve("recipe.yaml");
        String good = Files.readString(Path.of("..", "recipes", "kinema-tiny-vae.yaml"));
        Files.writeString(file, good);
        VaeRecipe recipe = Recipes.read(file, VaeRecipe.class);
        assertThat(recipe.optimizer().beta1()).as("a default").isEqualTo(0.9);
        Files.writeString(file, Recipes.text(recipe));
        assertThat(Recipes.read(file, VaeRecipe.class))
                .as("written with all keys")
                .isEqualTo(recipe);
        refuses(
                file,
                good.replace("64x64x17", "60x64x17"),
                "stages.size must have multiples of 8 pixels, found 60x64x17");
        refuses(
                file,
                good.replace("64x64x17", "64x64"),
                "a size must be WIDTHxHEIGHTxFRAMES, such as 64x64x17, found 64x64");
        refuses(file, good.replace("64x64x17", "64x64x13"), "the frames of stages.size must be 8k+1, found 64x64x13");
        refuses(file, good + "sise: 64\n", "unknown key 'sise'; known: accumulate, adversarial, data, ");
        refuses(
                file,
                good.replace("output: work/kinema-tiny-vae\n", ""),
                "the key 'output' is missing or has no value");
        refuses(file, good.replace("ema: 0.995", "ema: 1"), "optimizer.ema must be in [0, 1), found 1.0");
        refuses(file, good.replace("seed: 1", "seed: one"), "the key 'seed' must be a whole number, found 'one'");
        assertThatThrownBy(() -> Recipes.read(folder.resolve("absent.yaml"), VaeRecipe.class))
                .hasMessageContaining("absent.yaml: no such file");
    }

    private static void refuses(Path file, String yaml, String message) throws IOException {
        Files.writeString(file, yaml);
        assertThatThrownBy(() -> Recipes.read(file, VaeRecipe.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("recipe.yaml")
                .hasMessageContaining(message);
    }

    /** The rows of a run's log without the time they took. */
    private static List<String> curve(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("metrics.csv")).stream()
                .map(row -> row.substring(0, row.lastIndexOf(',')))
                .toList();
    }

    private static float[] train(Path folder, long stopAfter, int accumulate) {
        return train(folder, stopAfter, accumulate, Long.MAX_VALUE);
    }

    /** Fits a random linear map for 20 steps, stopping after {@code stopAfter} more; the parameters' average. */
    private static float[] train(Path folder, long stopAfter, int accumulate, long broken) {
        List<String> lines = new ArrayList<>();
        try (Rng rng = new Rng(2);
                Parameters parameters = Parameters.init(w -> new Linear(w, 3, 2), rng)) {
            Linear layer = new Linear(new Weights(parameters), 3, 2);
            RunFolder run = Files.exists(folder.resolve("run.json"))
                    ? RunFolder.resume(folder)
                    : RunFolder.start(folder, "test", Map.of("steps", STEPS));
            Pace pace = new Pace(STEPS, accumulate, 5, 1000, 1000, 3);
            boolean ended = new TrainingLoop(
                            new Run(run, new Stopping(lines, stopAfter)),
                            pace,
                            3,
                            new Learner(parameters, RECIPE, objective(layer, broken)))
                    .run(step -> {});
            assertThat(lines).isNotEmpty();
            assertThat(ended || stopAfter < STEPS).isTrue();
            return Tensors.floats(parameters.values());
        }
    }

    private static Objective objective(Linear layer, long broken) {
        return slot -> {
            try (Rng random = slot.rng()) {
                Tensor loss = layer.forward(random.randn(4, 3)).square().mean();
                return new Objective.Loss(slot.step() == broken ? loss.mul(new Scalar(Double.NaN)) : loss, Map.of());
            }
        };
    }

    /** Keeps the lines and stops after some steps. */
    private static final class Stopping implements TrainingListener {
        private final List<String> lines;
        private long left;

        Stopping(List<String> lines, long left) {
            this.lines = lines;
            this.left = left;
        }

        @Override
        public void line(String text) {
            lines.add(text);
        }

        @Override
        public boolean cancelled() {
            return left-- <= 0;
        }
    }

    private static void setGradient(Parameters parameters, float value) {
        Scopes.run(() -> {
            parameters.gradient().fill_(new Scalar(value));
        });
    }
}
