package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Lpips;
import kinema.train.Recipes;
import kinema.train.Runs;
import kinema.train.Slot;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearnedTermsTest {
    private static final String FILE = "model/vae/diffusion_pytorch_model.safetensors";

    private static final String STAGES =
            "stages: [{steps: 3, size: 16x16x1, batch: 2}, {steps: 4, size: 16x16x9, batch: 1}]\n";

    @TempDir
    Path folder;

    @BeforeAll
    static void oneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void patchesOfFramesAreJudged() {
        try (Rng rng = new Rng(1);
                Parameters parameters = Parameters.init(w -> new PatchDiscriminator(w, 8, 3), rng)) {
            PatchDiscriminator network = new PatchDiscriminator(new Weights(parameters), 8, 3);
            Scopes.run(() -> {
                assertThat(network.forward(rng.randn(2, 3, 5, 32, 48)).shape()).containsExactly(2, 1, 5, 4, 6);
                assertThat(network.forward(rng.randn(1, 3, 1, 16, 16)).shape()).containsExactly(1, 1, 1, 2, 2);
                Tensor few = rng.randn(1, 3, 3, 32, 32);
                Tensor changed = few.clone();
                changed.narrow(3, 24, 8).narrow(4, 24, 8).zero_();
                Tensor difference =
                        network.forward(few).sub(network.forward(changed)).abs();
                assertThat(difference.sum().item_double()).isPositive();
            });
        }
    }

    @Test
    void theLossesAreTheHinges() {
        Scopes.run(() -> {
            Tensor given = Tensors.of(new float[] {2f, 0.5f, -1f}, 3);
            Tensor made = Tensors.of(new float[] {-3f, -0.5f, 1f}, 3);
            double missed = (0 + 0.5 + 2) / 3;
            double taken = (0 + 0.5 + 2) / 3;
            assertThat(PatchDiscriminator.telling(given, made).item_double())
                    .isCloseTo((missed + taken) / 2, within(1e-6));
            assertThat(PatchDiscriminator.fooling(made).item_double()).isCloseTo(2.5 / 3, within(1e-6));
        });
    }

    /** The derivatives that reach a clip are those of the network's mean: against differences along one direction. */
    @Test
    void theTermMovesWhatIsMade() throws IOException {
        try (Adversary adversary = new Adversary(recipe("a", 0).adversarial(), 1)) {
            Scopes.run(() -> {
                try (Rng rng = new Rng(2)) {
                    Tensor given = rng.randn(1, 3, 1, 16, 16);
                    Tensor made = rng.randn(1, 3, 1, 16, 16).set_requires_grad(true);
                    adversary.fooling(slot(0), given, made).orElseThrow().backward();
                    Tensor way = rng.randn(1, 3, 1, 16, 16).mul(new Scalar(1e-3));
                    double expected = made.grad().flatten().dot(way.flatten()).item_double() * 2;
                    try (NoGradGuard guard = new NoGradGuard()) {
                        double after = value(adversary, given, made.add(way));
                        double before = value(adversary, given, made.sub(way));
                        assertThat(after - before).isCloseTo(expected, within(0.05 * Math.abs(expected)));
                    }
                }
            });
        }
    }

    private static double value(Adversary adversary, Tensor given, Tensor made) {
        return adversary.fooling(slot(0), given, made).orElseThrow().item_double();
    }

    private static Slot slot(long step) {
        return new Slot(step, 0, 1, 1);
    }

    @Test
    void theDiscriminatorLearnsToTellClipsApart() throws IOException {
        train(recipe("run", 0, "optimizer: {learning_rate: 0.003}"), Long.MAX_VALUE);
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        List<String> names = List.of(rows.get(0).split(","));
        int column = names.indexOf("discriminator_loss");
        double first = Double.parseDouble(rows.get(1).split(",")[column]);
        double last = Double.parseDouble(rows.get(rows.size() - 1).split(",")[column]);
        assertThat(last).isLessThan(first);
        assertThat(names).contains("fooling", "discriminator_given", "discriminator_made");
    }

    @Test
    void beforeItsFirstStepItChangesNothing() throws IOException {
        train(recipe("with", 100), Long.MAX_VALUE);
        train(plain("without"), Long.MAX_VALUE);
        train(recipe("early", 3), Long.MAX_VALUE);
        assertThat(folder.resolve("with").resolve(FILE))
                .hasSameBinaryContentAs(folder.resolve("without").resolve(FILE));
        assertThat(Files.mismatch(
                        folder.resolve("early").resolve(FILE),
                        folder.resolve("without").resolve(FILE)))
                .isNotNegative();
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        VaeRecipe parts = recipe("parts", 1);
        train(parts, 4);
        train(parts, Long.MAX_VALUE);
        train(recipe("whole", 1), Long.MAX_VALUE);
        assertThat(folder.resolve("parts").resolve(FILE))
                .hasSameBinaryContentAs(folder.resolve("whole").resolve(FILE));
    }

    @Test
    void lpipsIsATermOfItsOwn() throws IOException {
        Path files = folder.resolve("lpips");
        Files.createDirectories(files);
        for (String name : List.of("alex.pth", "alex-linear.pth")) {
            try (InputStream in = Objects.requireNonNull(Lpips.class.getResourceAsStream("lpips/" + name))) {
                Files.copy(in, files.resolve(name));
            }
        }
        String term = "perceptual: {weight: 0.5, backbone: %s, linear: %s}\n"
                .formatted(files.resolve("alex.pth"), files.resolve("alex-linear.pth"));
        assertThatThrownBy(() -> read("small", term))
                .hasMessageContaining("with perceptual.weight the pictures of stages.size must be at least 32x32");
        assertThatThrownBy(() -> read("nameless", "perceptual: {weight: 0.5}\n"))
                .hasMessageContaining("perceptual.backbone and perceptual.linear must name files, found '' and ''");
        train(read("run", "stages: [{steps: 2, size: 32x32x9, batch: 2}]\n" + term), Long.MAX_VALUE);
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        int column = List.of(rows.get(0).split(",")).indexOf("lpips");
        assertThat(Double.parseDouble(rows.get(1).split(",")[column])).isPositive();
    }

    @Test
    void whatNoDiscriminatorCanBeIsRefused() {
        assertThatThrownBy(() -> recipe("a", 0, "channels: 12"))
                .hasMessageContaining("adversarial.channels must be a multiple of 8, found 12");
        assertThatThrownBy(() -> recipe("a", 0, "layers: 9"))
                .hasMessageContaining("adversarial.layers must be 1 to 6, found 9");
        assertThatThrownBy(() -> recipe("a", -1)).hasMessageContaining("adversarial.start must be 0 or more");
    }

    private VaeRecipe recipe(String name, long start, String... more) throws IOException {
        String own = "weight: 0.1, channels: 8, layers: 2, start: " + start
                + (more.length == 0 ? "" : ", " + String.join(", ", more));
        return read(name, "adversarial: {" + own + "}\n");
    }

    private VaeRecipe plain(String name) throws IOException {
        return read(name, "");
    }

    private VaeRecipe read(String name, String more) throws IOException {
        Path file = folder.resolve(name + ".yaml");
        Files.writeString(file, """
                seed: 1
                output: %s
                network:
                  block_out_channels: [8, 8, 8, 8]
                  latent_channels: 4
                  norm_num_groups: 4
                data:
                  sources:
                    - {kind: world, clips: 24}
                accumulate: 2
                log_every: 1
                """.formatted(folder.resolve(name)) + (more.contains("stages:") ? "" : STAGES) + more);
        return Recipes.read(file, VaeRecipe.class);
    }

    private static void train(VaeRecipe recipe, long until) {
        List<String> lines = new ArrayList<>();
        new VaeTrainer(recipe).run(Runs.of(Path.of(recipe.output()), "vae", recipe, until, lines));
        assertThat(lines).isNotEmpty();
    }
}
