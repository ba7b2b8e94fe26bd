package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.image.ImageAutoencoder;
import kinema.cogvideo.image.ImageConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.Runs;
import kinema.train.Slot;
import kinema.train.Workers;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image autoencoder's training: its derivatives and its codebook by their formulas, and whole small runs. */
class ImageTrainingTest {
    private static final ImageRecipe.Codebook CODEBOOK = new ImageRecipe.Codebook(0.9, 0.25, 0.2);

    @TempDir
    Path folder;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void derivativesPassTheExchangeAsIfThereWereNone() {
        Scopes.run(() -> {
            Tensor points = Tensors.of(new float[] {1, 2, 3, 4}, 1, 4, 1, 1).requires_grad_(true);
            Tensor codes = Tensors.of(new float[] {1.5f, 2, 2, 8}, 1, 4, 1, 1);
            ImageObjective.Quantised q =
                    new ImageObjective.Quantised(points, Tensors.of(new long[] {0}, 1, 1, 1), codes);
            assertThat(Tensors.floats(q.through().detach())).containsExactly(1.5f, 2, 2, 8);
            Tensor weights = Tensors.of(new float[] {1, -2, 3, -4}, 1, 4, 1, 1);
            q.through().mul(weights).sum().backward();
            assertThat(Tensors.floats(points.grad())).containsExactly(1, -2, 3, -4);
            points.grad().zero_();
            q.commitment().backward(); // 2 (z - e) / n
            assertThat(Tensors.floats(points.grad())).containsExactly(-0.25f, 0, 0.5f, -2);
        });
    }

    @Test
    void codesFollowTheirPointsAndUnusedOnesStartAgain() {
        Scopes.run(() -> {
            Tensor codes = Tensors.of(new float[] {9, 9, 9}, 3, 1);
            try (EmaCodebook codebook = new EmaCodebook(codes, CODEBOOK)) {
                Tensor points = Tensors.of(new float[] {1, 3, 10, 12}, 4, 1);
                codebook.add(slot(0), points, Tensors.of(new long[] {0, 0, 0, 0}, 4));
                codebook.step(0, Workers.ALONE);
                for (float code : Tensors.floats(codes)) {
                    assertThat(code).as("a code's start is a point").isIn(1f, 3f, 10f, 12f);
                }
                float[] before = Tensors.floats(codes);
                Tensor ids = Tensors.of(new long[] {0, 0, 1, 0}, 4);
                double perplexity = codebook.add(slot(1), points, ids);
                assertThat(perplexity)
                        .isCloseTo(Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)), within(1e-5));
                codebook.step(1, Workers.ALONE);
                float[] after = Tensors.floats(codes);
                assertThat(after[0]).isCloseTo((0.9f * before[0] + 0.1f * 16) / (0.9f + 0.1f * 3), within(1e-5f));
                assertThat(after[1]).isCloseTo((0.9f * before[1] + 0.1f * 10) / (0.9f + 0.1f), within(1e-5f));
                assertThat(after[2]).as("no point: mean and count fade alike").isCloseTo(before[2], within(1e-5f));
                for (int step = 2; step < 17; step++) { // 0.9 ^ 16 is below 0.2
                    codebook.add(slot(step), Tensors.of(new float[] {50}, 1, 1), Tensors.of(new long[] {0}, 1));
                    codebook.step(step, Workers.ALONE);
                }
                assertThat(Tensors.floats(codes)[2]).isEqualTo(50);
            }
        });
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        Path whole = folder.resolve("whole");
        Path parts = folder.resolve("parts");
        train(whole, Long.MAX_VALUE);
        train(parts, 3);
        assertThat(parts.resolve("model")).doesNotExist();
        List<String> lines = train(parts, Long.MAX_VALUE);
        assertThat(lines).anyMatch(line -> line.startsWith("going on at step 3 of 6"));
        for (String file :
                List.of("model/image/diffusion_pytorch_model.safetensors", "model/tokenizer/cluster_label2.npy")) {
            assertThat(Files.mismatch(whole.resolve(file), parts.resolve(file)))
                    .as(file)
                    .isEqualTo(-1);
        }
        try (Safetensors state = Safetensors.open(whole.resolve("checkpoints/step-0000006.safetensors"))) {
            assertThat(state.entries()).containsKeys("code_counts", "code_sums");
        }
        assertThat(whole.resolve("samples/step-0000004.png")).isNotEmptyFile();
    }

    @Test
    void whatIsWrittenIsAnAutoencoderWithClustersAndCanBeTrainedOn() throws IOException {
        train(folder.resolve("run"), Long.MAX_VALUE);
        CogVideoFiles files = new CogVideoFiles(folder.resolve("run/model"));
        assertThat(files.image()).isEqualTo(new ImageConfig(32, List.of(1L, 1L, 1L), 1, 32, 8, 40, List.of(1)));
        long[] clusters = files.clusters(40);
        assertThat(Arrays.stream(clusters).distinct().count()).isEqualTo(5);
        Scopes.run(() -> {
            try (Checkpoint weights = files.open(Part.IMAGE, Placement.resident(ScalarType.Float));
                    Rng rng = new Rng(1)) {
                ImageAutoencoder network = weights.load(w -> new ImageAutoencoder(w, files.image()));
                Tensor ids = network.encode(rng.rand(2, 3, 32, 32), 8);
                assertThat(ids.shape()).containsExactly(2, 4, 4);
                assertThat(network.decode(ids, 8).shape()).containsExactly(2, 3, 32, 32);
            }
        });
        ImageRecipe on = recipe(folder.resolve("on"), "start: " + folder.resolve("run/model"));
        new ImageTrainer(on).run(new Run(RunFolder.start(Path.of(on.output()), "image", on), line -> {}));
        assertThat(folder.resolve("on/model/image")).isNotEmptyDirectory();
    }

    @Test
    void picturesComeNearerToTheTrueOnes() throws IOException {
        ImageRecipe recipe =
                recipe(folder.resolve("run"), "log_every: 10\noptimizer: {learning_rate: 0.002, warmup: 5}", 60);
        new ImageTrainer(recipe).run(new Run(RunFolder.start(Path.of(recipe.output()), "image", recipe), line -> {}));
        List<String> rows = Files.readAllLines(folder.resolve("run/metrics.csv"));
        int psnr = Arrays.asList(rows.get(0).split(",")).indexOf("psnr");
        double first = Double.parseDouble(rows.get(1).split(",")[psnr]);
        double last = Double.parseDouble(rows.get(rows.size() - 1).split(",")[psnr]);
        assertThat(last).isGreaterThan(first + 1);
    }

    @Test
    void theBundledRecipeIsRead() {
        ImageRecipe recipe = Recipes.read(Path.of("../recipes/kinema-cogvideo-tiny-image.yaml"), ImageRecipe.class);
        assertThat(recipe.network().codes()).isLessThanOrEqualTo(2048);
        assertThat(recipe.steps()).isEqualTo(9000);
    }

    @Test
    void recipesNameWhatIsWrong() {
        assertWrong("rate: 5", "rate must be one of [4, 8, 16], found 5");
        assertWrong("clusters: 0", "clusters must be above 0, found 0");
        assertWrong("codebook: {decay: 1}", "codebook.decay must be between 0 and 1, found 1.0");
        assertWrong("codebook: {restart_below: 0}", "codebook.restart_below must be between 0 and 1");
        assertWrong("codebook: {commitment: -1}", "codebook.commitment must be 0 or more, found -1.0");
        assertWrong("pictures: {l1: 0, l2: 0}", "l1 and l2 must be 0 or more, and one above 0, found 0.0, 0.0");
        assertWrong("rate: 16\nstages: [{steps: 1, size: 40x40x1, batch: 1}]", "multiples of 16 pixels, found 40x40x1");
        assertWrong("stages: [{steps: 1, size: 40x40x5, batch: 1}]", "stages.size must be of one frame");
    }

    private void assertWrong(String line, String message) {
        assertThatThrownBy(() -> recipe(folder, line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private static Slot slot(long step) {
        return new Slot(step, 0, 1, 7);
    }

    private static List<String> train(Path output, long until) throws IOException {
        List<String> lines = new ArrayList<>();
        ImageRecipe recipe = recipe(output, "");
        new ImageTrainer(recipe).run(Runs.of(output, "image", recipe, until, lines));
        return lines;
    }

    private static ImageRecipe recipe(Path output, String more) throws IOException {
        return recipe(output, more, 6);
    }

    private static ImageRecipe recipe(Path output, String more, int steps) throws IOException {
        String stages = more.contains("stages:") ? "" : "stages: [{steps: " + steps + ", size: 32x32x1, batch: 4}]\n";
        Path file = Files.createTempFile("image", ".yaml");
        Files.writeString(
                file,
                "seed: 3\noutput: " + output + "\n" + stages
                        + "network: {channels: 32, multipliers: [1, 1, 1], blocks: 1, state_channels: 32,"
                        + " code_width: 8, codes: 40}\n"
                        + (more.contains("clusters:") ? "" : "clusters: 5\n")
                        + "sample_every: 4\n"
                        + "data: {sources: [{kind: world, clips: 1000}]}\n" + more + "\n");
        try {
            return Recipes.read(file, ImageRecipe.class);
        } finally {
            Files.delete(file);
        }
    }
}
