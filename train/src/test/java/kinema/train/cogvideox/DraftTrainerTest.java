package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.memory.MemoryException;
import kinema.system.OpenOptions;
import kinema.testing.SeededFolder;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.TrainingListener;
import kinema.train.Workers;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way in miniature: latents and pictures of a model's VAE, a draft decoder, drafts. */
class DraftTrainerTest {
    private static final Path FIXTURE = Path.of("../core/src/test/resources/golden/cogvideox/t2v-2b");

    @TempDir
    static Path fixture;

    private static Path model = Path.of("");

    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();

    @BeforeAll
    static void layOut() {
        torch.set_num_threads(1); // small work
        model = SeededFolder.write(FIXTURE, fixture).resolve("model");
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        train(recipe("whole", ""), Long.MAX_VALUE);
        assertThat(lines)
                .contains("precomputed 18 of 18 clips")
                .anyMatch(line -> line.startsWith("memory: about "))
                .anyMatch(line -> line.matches("held-out clips against the VAE's pictures: .* dB PSNR, .* SSIM"));
        assertThat(folder.resolve("whole/samples/step-0000003.png")).isNotEmptyFile();

        DraftRecipe parts = recipe("parts", "cache: " + folder.resolve("whole/cache"));
        train(parts, 2);
        assertThat(made("parts")).doesNotExist();
        new DraftTrainer(parts).run(run(RunFolder.resume(folder.resolve("parts")), Long.MAX_VALUE));
        assertThat(made("parts")).hasSameBinaryContentAs(made("whole"));

        Path other = SeededFolder.write(FIXTURE, folder.resolve("other")).resolve("model");
        Files.createDirectories(other.resolve("draft_decoder"));
        Files.writeString(other.resolve("draft_decoder/taecvx.pth"), "that it started from");
        new ModelReplacement(folder.resolve("whole/model"), other).run();
        try (VideoModel model = Kinema.open(other)) {
            assertThat(model.draftDecoder()).isPresent();
        }
        try (VideoModel model =
                        Kinema.open(DraftTrainerTest.model, OpenOptions.DEFAULT.withDraftDecoder(made("whole")));
                Generation draft = model.generate(GenerationRequest.of("a bird")
                        .set("steps", 2)
                        .set("draft", true)
                        .build())) {
            assertThat(draft.video().frames()).hasSize(model.size().frames());
        }
    }

    @Test
    void oneIsTrainedOnAndItsPicturesComeNearer() throws IOException {
        train(recipe("first", ""), Long.MAX_VALUE);
        String on = recipeText("on", "cache: " + folder.resolve("first/cache") + "\nstart: " + made("first"))
                .replace("[8, 8, 4, 4]", "[]")
                .replace("steps: 3,", "steps: 30,");
        train(read("on", on), Long.MAX_VALUE);
        double[] psnr = lines.stream()
                .filter(line -> line.startsWith("held-out"))
                .mapToDouble(line -> Double.parseDouble(line.replaceFirst(".*pictures: (\\S+) dB.*", "$1")))
                .toArray();
        assertThat(psnr[psnr.length - 1]).isGreaterThan(psnr[0] + 1);
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsMade() throws IOException {
        DraftRecipe recipe = recipe("large", "");
        RunFolder run = RunFolder.start(Path.of(recipe.output()), "draft", recipe);
        assertThatThrownBy(() -> new DraftTrainer(recipe)
                        .run(new Run(run, Workers.ALONE, lines::add, OptionalLong.of(1_000_000))))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("lower stages.batch");
        assertThat(folder.resolve("large/cache")).doesNotExist();
    }

    @Test
    void recipesNameWhatIsWrong() throws IOException {
        String good = recipeText("a", "");
        refused(good.replace("16x16x9", "16x16x5"), "the frames of stages.size must be 8k+1, found 16x16x5");
        refused(good.replace("16x16x9", "12x16x9"), "stages.size must have multiples of 8 pixels");
        refused(good.replace("[8, 8, 4, 4]", "[]"), "either widths (for a new draft decoder) or start");
        refused(good + "start: a.pth\n", "either widths (for a new draft decoder) or start");
        refused(good + "l1: 0\n", "l1 and l2 must be 0 or more, and one above 0");
        assertThatThrownBy(() -> new DraftTrainer(read("b", good.replace("[8, 8, 4, 4]", "[8, 8]"))))
                .hasMessageContaining("a draft decoder has 4 widths");
        assertThatThrownBy(() -> new DraftTrainer(read("c", good.replace("clips: 18", "clips: 16"))))
                .hasMessageContaining("training needs more than 16 clips");
    }

    @Test
    void theRecipeOfTheBundledModelIsRead() {
        DraftRecipe recipe = Recipes.read(Path.of("../recipes/kinema-tiny-draft.yaml"), DraftRecipe.class);
        assertThat(recipe.sizes()).hasToString("[64x64x17]");
    }

    private void refused(String text, String message) {
        assertThatThrownBy(() -> read("refused", text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    private void train(DraftRecipe recipe, long stopAfter) {
        RunFolder started = RunFolder.start(Path.of(recipe.output()), "draft", recipe);
        new DraftTrainer(recipe).run(run(started, stopAfter));
    }

    /** A run that is cancelled after so many steps. */
    private Run run(RunFolder started, long stopAfter) {
        return new Run(started, new TrainingListener() {
            private long steps;

            @Override
            public void line(String text) {
                lines.add(text);
                if (text.startsWith("step ")) {
                    steps++;
                }
            }

            @Override
            public boolean cancelled() {
                return steps >= stopAfter;
            }
        });
    }

    private Path made(String name) {
        return folder.resolve(name).resolve("model/draft_decoder/diffusion_pytorch_model.safetensors");
    }

    private DraftRecipe recipe(String name, String more) throws IOException {
        return read(name, recipeText(name, more));
    }

    private DraftRecipe read(String name, String text) throws IOException {
        return Recipes.read(Files.writeString(folder.resolve(name + ".yaml"), text), DraftRecipe.class);
    }

    private String recipeText(String name, String more) {
        return """
                seed: 1
                output: %s
                model: %s
                widths: [8, 8, 4, 4]
                data: {sources: [{kind: world, clips: 18}]}
                stages: [{steps: 3, size: 16x16x9, batch: 2}]
                optimizer: {learning_rate: 1.0e-2, warmup: 1, ema: 0.5}
                log_every: 1
                sample_every: 3
                %s
                """.formatted(folder.resolve(name), model, more);
    }
}
