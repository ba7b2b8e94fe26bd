package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void aRunThatIsInterruptedEndsAsOneThatIsNot() {
        float[] straight = train(folder.resolve("straight"), Long.MAX_VALUE);
        Path resumed = folder.resolve("resumed");
        for (long steps = 7; steps < 21; steps += 7) {
            train(resumed, steps);
        }
        assertThat(train(resumed, Long.MAX_VALUE)).containsExactly(straight);
    }

    @Test
    void aStateOfAnotherNetworkIsRefused() {
        train(folder, 3);
        try (Rng rng = new Rng(1);
                Parameters other = Parameters.init(w -> new Linear(w, 5, 5), rng);
                AdamW optimizer = new AdamW(other, RECIPE)) {
            assertThatThrownBy(() -> new RunFolder(folder).resume(other, optimizer, rng))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'values' has shape (8), the recipe's network has 30 parameters");
        }
    }

    @Test
    void theLogHasARowPerInterval() throws IOException {
        train(folder, Long.MAX_VALUE);
        List<String> rows = Files.readAllLines(folder.resolve("log.csv"));
        assertThat(rows.get(0)).isEqualTo("step,loss,size,gradient,rate,seconds_per_step");
        assertThat(rows).hasSize(1 + 4);
        assertThat(rows.get(4)).startsWith("20,");
    }

    @Test
    void recipesNameWhatIsWrong() throws IOException {
        Path file = folder.resolve("recipe.yaml");
        String good = Files.readString(Path.of("..", "recipes", "kinema-tiny-vae.yaml"));
        Files.writeString(file, good);
        assertThat(Recipes.read(file, VaeRecipe.class).size()).isEqualTo(64);
        refuses(file, good.replace("size: 64", "size: 60"), "size must be a multiple of 8 from 16, found 60");
        refuses(file, good + "sise: 64\n", "unknown key 'sise'; known: [");
        refuses(file, good.replace("size: 64\n", ""), "key 'size' is missing or not of its kind");
        refuses(file, good.replace("clip: 1.0", "clip: -1"), "optimizer.clip must be above 0, found -1.0");
        refuses(file, good.replace("seed: 1", "seed: one"), "key 'seed' is missing or not of its kind");
        assertThatThrownBy(() -> Recipes.read(folder.resolve("absent.yaml"), VaeRecipe.class))
                .hasMessageContaining("absent.yaml: the recipe cannot be read");
    }

    private static void refuses(Path file, String yaml, String message) throws IOException {
        Files.writeString(file, yaml);
        assertThatThrownBy(() -> Recipes.read(file, VaeRecipe.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("recipe.yaml")
                .hasMessageContaining(message);
    }

    /** Fits a random linear map for 20 steps, stopping after {@code stopAfter} more; the parameters' average. */
    private static float[] train(Path folder, long stopAfter) {
        List<String> lines = new ArrayList<>();
        long[] left = {stopAfter};
        TrainingListener listener = new TrainingListener() {
            @Override
            public void line(String text) {
                lines.add(text);
            }

            @Override
            public boolean cancelled() {
                return left[0]-- <= 0;
            }
        };
        try (Rng rng = new Rng(2);
                Parameters parameters = Parameters.init(w -> new Linear(w, 3, 2), rng)) {
            Linear layer = new Linear(new Weights(parameters), 3, 2);
            Objective objective = (step, random) -> {
                Tensor loss = layer.forward(random.randn(4, 3)).square().mean();
                return new Objective.Loss(loss, Map.of("size", loss.item_double()));
            };
            TrainingLoop.Pace pace = new TrainingLoop.Pace(20, 5, 1000, 1000);
            boolean ended = new TrainingLoop(new RunFolder(folder), pace, RECIPE, listener)
                    .run(parameters, rng, objective, s -> {});
            assertThat(lines).isNotEmpty();
            assertThat(ended || stopAfter < 20).isTrue();
            return Tensors.floats(parameters.values());
        }
    }

    private static void setGradient(Parameters parameters, float value) {
        Scopes.run(() -> {
            parameters.gradient().fill_(new Scalar(value));
        });
    }
}
