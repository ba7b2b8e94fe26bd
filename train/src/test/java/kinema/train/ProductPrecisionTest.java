package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import kinema.nn.OneDnn;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.cogvideo.ImageRecipe;
import kinema.train.cogvideo.ImageTrainer;
import kinema.train.cogvideox.VaeRecipe;
import kinema.train.cogvideox.VaeTrainer;
import kinema.train.show1.AutoencoderRecipe;
import kinema.train.show1.AutoencoderTrainer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is computed in 16 bits while a network is trained, and what that does to its loss. */
class ProductPrecisionTest {
    /** Processors without instructions for bf16 compute in float. */
    private static final ScalarType SHORT = OneDnn.shortProducts().isPresent() ? ScalarType.BFloat16 : ScalarType.Float;

    private static final long[] ONE = {1, 1, 1};
    private static final long[] NONE = {0, 0, 0};

    private static final String PICTURES = """
        seed: 3
        data: {sources: [{kind: world, clips: 40}]}
        stages: [{steps: 2, size: 32x32x1, batch: 2}]
        log_every: 1
        sample_every: 2
        """;

    @TempDir
    private Path folder;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void productsAndConvolutionsAreShortUntilTheUseEnds() {
        Scopes.run(() -> {
            Tensor x = torch.ones(1, 4, 2, 2, 2);
            Tensor weight = torch.ones(4, 4, 1, 1, 1);
            Tensor rows = torch.ones(2, 4);
            assertThat(ProductPrecision.BF16.<List<Tensor>>compute(() -> List.of(
                            torch.linear(rows, torch.ones(3, 4)), OneDnn.conv3d(x, weight, Tensors.none(), ONE, NONE))))
                    .extracting(y -> y.scalar_type().intern())
                    .containsOnly(SHORT);
            assertThat(torch.linear(rows, torch.ones(3, 4)).scalar_type().intern())
                    .isEqualTo(ScalarType.Float);
        });
    }

    @Test
    void aUseWithinAnotherEndsInThatOfBefore() {
        Scopes.run(() -> {
            Tensor rows = torch.ones(2, 4);
            ProductPrecision.BF16.compute(() -> {
                assertThat(ProductPrecision.FP32
                                .compute(() -> torch.mm(rows, rows.t()))
                                .scalar_type()
                                .intern())
                        .isEqualTo(ScalarType.Float);
                return assertThat(torch.mm(rows, rows.t()).scalar_type().intern())
                        .isEqualTo(SHORT);
            });
        });
    }

    @Test
    void anErrorEndsAUseToo() {
        assertThatThrownBy(() -> ProductPrecision.BF16.compute(() -> {
                    throw new IllegalStateException("broken");
                }))
                .hasMessage("broken");
        Scopes.run(() -> assertThat(torch.mm(torch.ones(2, 2), torch.ones(2, 2))
                        .scalar_type()
                        .intern())
                .isEqualTo(ScalarType.Float));
    }

    @Test
    void aVaeHasNearlyTheLossOfFloat() throws IOException {
        check(
                PICTURES + "network: {block_out_channels: [8, 8, 8, 8], layers_per_block: 1, latent_channels: 4,"
                        + " norm_num_groups: 2}\nkl: 1.0e-3\n",
                VaeRecipe.class,
                (recipe, run) -> new VaeTrainer(recipe).run(run));
    }

    @Test
    void anImageAutoencoderHasNearlyTheLossOfFloat() throws IOException {
        check(
                PICTURES + "network: {channels: 32, multipliers: [1, 1, 1], blocks: 1, state_channels: 32,"
                        + " code_width: 8, codes: 40}\nclusters: 5\n",
                ImageRecipe.class,
                (recipe, run) -> new ImageTrainer(recipe).run(run));
    }

    @Test
    void anExpertsAutoencoderHasNearlyTheLossOfFloat() throws IOException {
        check(
                PICTURES + "network: {widths: [8, 8, 8], groups: 4}\n",
                AutoencoderRecipe.class,
                (recipe, run) -> new AutoencoderTrainer(recipe).run(run));
    }

    /** The losses of two steps. */
    private <T> void check(String text, Class<T> type, BiConsumer<T, Run> train) throws IOException {
        List<List<Double>> losses = new ArrayList<>();
        for (String precision : List.of("fp32", "bf16")) {
            Path output = folder.resolve(precision);
            T recipe = Runs.recipe(text + "output: " + output + "\nprecision: " + precision + "\n", type);
            train.accept(recipe, Runs.of(output, "any", recipe, Long.MAX_VALUE, new ArrayList<>()));
            losses.add(Files.readAllLines(output.resolve("metrics.csv")).stream()
                    .skip(1)
                    .map(row -> Double.valueOf(row.split(",")[1]))
                    .toList());
        }
        assertThat(losses.get(0)).hasSize(2);
        for (int step = 0; step < 2; step++) {
            double exact = losses.get(0).get(step);
            double rounded = losses.get(1).get(step);
            assertThat(rounded != exact).isEqualTo(SHORT == ScalarType.BFloat16);
            assertThat(rounded).isCloseTo(exact, within(0.02 * exact));
        }
    }
}
