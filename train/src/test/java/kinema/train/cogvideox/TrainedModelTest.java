package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.tensor.Scopes;
import kinema.text.KnownWords;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.TrainingListener;
import kinema.train.data.Precomputed;
import kinema.train.world.World;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole way in miniature: recipe, VAE, cache, transformer, model folder, video; then on from there. */
class TrainedModelTest {
    private static final String REST = """
            optimizer: {learning_rate: 1.0e-3, warmup: 1, ema: 0.9}
            log_every: 1
            sample_every: 2
            save_every: 1000
            """;

    private static final String WEIGHTS = "vae/diffusion_pytorch_model.safetensors";

    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void trainAVae() throws IOException {
        Path file = Files.writeString(folder.resolve("vae.yaml"), """
                seed: 1
                output: %s
                network: {block_out_channels: [4, 4, 4, 4], layers_per_block: 1, latent_channels: 4, norm_num_groups: 2}
                data: {sources: [{kind: world, clips: 40}]}
                stages:
                  - {steps: 1, size: 16x16x1, batch: 2}
                  - {steps: 1, size: 16x16x9, batch: 1}
                subject: 1.0
                edges: 0.5
                accumulate: 2
                """.formatted(folder.resolve("vae-run")) + REST);
        VaeRecipe recipe = Recipes.read(file, VaeRecipe.class);
        new VaeTrainer(recipe).run(run("vae", recipe.output(), recipe));
        assertThat(lines)
                .anyMatch(line -> line.startsWith("step 2/2"))
                .anyMatch(line -> line.matches("held-out clips: .* dB PSNR, .* SSIM, flicker .*"));
        assertThat(folder.resolve("vae-run/samples/step-0000002.png")).isNotEmptyFile();
    }

    @Test
    void aModelTrainedByRecipesMakesVideo() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");

        assertThat(lines)
                .contains("precomputed 6 of 6 clips")
                .anyMatch(line -> line.startsWith("step 2/2") && line.endsWith("s left"));
        assertThat(folder.resolve("run/samples/step-0000002.png")).isNotEmptyFile();
        assertThat(folder.resolve("run/recipe.yaml")).content().contains("beta2: 0.95");
        try (VideoModel model = Kinema.open(folder.resolve("run/model"));
                Generation made = model.generate(
                        GenerationRequest.of("a red rocket").seed(1).build(), GenerationListener.NONE)) {
            assertThat(made.video().frames()).hasSize(9);
            assertThat(made.video().width()).isEqualTo(16);
            assertThat(model.settings().standard().values()).containsEntry("steps", 3);
        }

        assertThat(KnownWords.of(folder.resolve("run/model"))).contains(new World().words());

        assertThat(Precomputed.in(folder.resolve("run/cache")))
                .isEqualTo(new Precomputed(folder.resolve("run/cache"), 6, 0));
        lines.clear();
        assertThat(trainer("again", "vae: " + folder.resolve("vae-run/model"), "cache: " + folder.resolve("run/cache"))
                        .precompute(lines::add))
                .isTrue();
        assertThat(lines).as("nothing is made again").isEmpty();
        assertThatThrownBy(() -> trainer(
                                "other",
                                "vae: " + folder.resolve("vae-run/model"),
                                "cache: " + folder.resolve("run/cache")
                                        + "\nstages: [{steps: 1, batch: 1, sizes: [16x16x1]}]")
                        .precompute(lines::add))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its shards were made from")
                .hasMessageContaining("give it another cache folder");
    }

    @Test
    void aModelIsTrainedOnWholeAndByLora() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");
        Path model = folder.resolve("run/model");
        train("on", "start: " + model, "pack: true\nrecompute: true\naccumulate: 2\ngrid: counted");
        assertThat(folder.resolve("on/model/transformer/diffusion_pytorch_model.safetensors"))
                .isNotEmptyFile();
        train("lora", "start: " + model, "lora: {rank: 2, alpha: 4, targets: [to_q, to_out.0]}\nrecompute: true");
        Path lora = folder.resolve("lora/model/pytorch_lora_weights.safetensors");
        assertThat(lora).isNotEmptyFile();
        try (VideoModel opened = Kinema.open(model, OpenOptions.DEFAULT.withLora(lora, 1))) {
            assertThat(opened.notes()).anyMatch(note -> note.contains("alpha as the file states it"));
        }
    }

    @Test
    void aStudentOfFewStepsTakesThemByItself() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");
        Path model = folder.resolve("run/model");
        Files.writeString(model.resolve("calibration-ddim.json"), "{}");
        String distill = "distill: {steps: 1, teacher_steps: 3, guidance: 4}";
        train("few", "start: " + model, distill);
        Path student = folder.resolve("few/model");
        assertThat(student.resolve("calibration-ddim.json"))
                .as("measured with another transformer")
                .doesNotExist();
        try (VideoModel opened = Kinema.open(student);
                Generation made = opened.generate("a red rocket")) {
            assertThat(made.provenance().sampling().settings().values())
                    .containsEntry("steps", 1)
                    .containsEntry("guidance", 1.0);
        }
        try (VideoModel opened = Kinema.open(model)) {
            assertThat(opened.settings().standard().values())
                    .as("the teacher's own")
                    .containsEntry("steps", 3);
        }

        train("few-lora", "start: " + model, distill + "\nlora: {rank: 2, alpha: 4, targets: [to_q]}");
        assertThat(lines)
                .anyMatch(line -> line.endsWith("generate with it by --scheduler ddim --steps 1 --guidance 1"));
    }

    @Test
    void aStudentNeedsATeacherAndClipsOfOneSize() {
        assertThatThrownBy(() -> recipe("few", "vae: " + folder.resolve("vae-run/model"), "distill: {steps: 2}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("distill teaches a network that is there: start must be given, found none");
        assertThatThrownBy(() -> recipe("few", "start: x", "distill: {steps: 2}\npack: true"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pack has clips of many sizes, and distill batches of one, found pack: true");
    }

    @Test
    void aVaeDoesNotReplaceTheOneATransformerKnows() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");
        Path model = folder.resolve("run/model");
        Path results = folder.resolve("vae-run/model");
        new ModelReplacement(results, model).run(); // it is the same
        Kinema.open(model).close();

        scale(results);
        assertThatThrownBy(() -> new ModelReplacement(results, model).run())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its transformer knows the VAE that is there");
        scale(model);
        assertThatThrownBy(() -> Kinema.open(model).close())
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("vae/ is not the one this model was trained with");

        Path other = folder.resolve("other");
        new ModelReplacement(results, other).run();
        assertThat(other.resolve("vae/config.json")).exists();
    }

    /** Models that were trained earlier say which VAE they had as a whole. */
    @Test
    void anIndexThatTellsOfTheWholeVaeIsHeldToIt() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");
        Path model = folder.resolve("run/model");
        Path index = model.resolve("model_index.json");
        String text = Files.readString(index);
        Files.delete(index);
        Files.writeString(index, text.replaceFirst("\"latents\" : \"[0-9a-f]+\"", "\"vae\" : \"0123456789abcdef\""));
        assertThatThrownBy(() -> Kinema.open(model).close())
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("model_index.json says 0123456789ab)");
        new ModelReplacement(folder.resolve("vae-run/model"), model).run(); // the same latents, told of as today
        Kinema.open(model).close();
    }

    @Test
    void aModelToStartFromIsLookedForBeforeARunBegins() {
        assertThatThrownBy(() -> trainDecoder("run", folder.resolve("nothing"), 1))
                .isInstanceOf(WeightsException.class);
        assertThat(folder.resolve("run")).doesNotExist();
    }

    /** Gives a folder's VAE other latents. */
    private static void scale(Path model) throws IOException {
        Path config = model.resolve("vae/config.json");
        String changed =
                Files.readString(config).replaceFirst("\"scaling_factor\" : [0-9.E-]+", "\"scaling_factor\" : 0.5");
        Files.delete(config);
        Files.writeString(config, changed);
    }

    /** Its pictures get better, and what its transformer makes stays what its decoder knows. */
    @Test
    void aDecoderIsTrainedAloneAndReplacesTheModels() throws IOException {
        train("run", "vae: " + folder.resolve("vae-run/model"), "");
        Path model = folder.resolve("run/model");
        Path before = folder.resolve("before");
        Files.createDirectory(before);
        Files.copy(model.resolve("vae/config.json"), before.resolve("config.json"));
        Files.copy(model.resolve(WEIGHTS), before.resolve("weights.safetensors"));
        Path results = trainDecoder("decoder", model, Long.MAX_VALUE);

        new ModelReplacement(results, model).run();
        assertThat(model.resolve("vae/config.json")).hasSameTextualContentAs(before.resolve("config.json"));
        try (Checkpoint was = Checkpoint.open(before, Placement.resident(ScalarType.Float));
                Checkpoint is = Checkpoint.open(model.resolve("vae"), Placement.resident(ScalarType.Float))) {
            assertThat(is.tensors()).containsOnlyKeys(was.tensors().keySet());
            Scopes.run(() -> was.tensors()
                    .forEach((key, tensor) -> assertThat(tensor.read()
                                    .equal(Objects.requireNonNull(is.tensors().get(key))
                                            .read()))
                            .as(key)
                            .isEqualTo(key.startsWith("encoder."))));
        }
        try (VideoModel opened = Kinema.open(model)) {
            assertThat(opened.generate("a red rocket").video().frames()).hasSize(9);
        }
    }

    @Test
    void aDecodersTrainingThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        Path model = folder.resolve("vae-run/model");
        Path whole = trainDecoder("whole", model, Long.MAX_VALUE);
        assertThat(trainDecoder("parts", model, 1)).doesNotExist();
        assertThat(trainDecoder("parts", model, Long.MAX_VALUE).resolve(WEIGHTS))
                .hasSameBinaryContentAs(whole.resolve(WEIGHTS));
    }

    @Test
    void aDecoderAloneNeedsAModel() {
        assertThatThrownBy(() -> trainDecoder("run", Path.of(""), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "layers: decoder keeps the encoder as it starts: start must be given, found none");
    }

    /** Trains the decoder of a model for so many more steps at most; the folder of what is finished. */
    private Path trainDecoder(String name, Path start, long most) throws IOException {
        Path output = folder.resolve(name);
        Path file = Files.writeString(folder.resolve(name + ".yaml"), """
                seed: 2
                output: %s
                start: "%s"
                layers: decoder
                data: {sources: [{kind: world, clips: 40}]}
                stages: [{steps: 2, size: 16x16x9, batch: 1}]
                """.formatted(output, start) + REST);
        VaeRecipe recipe = Recipes.read(file, VaeRecipe.class);
        VaeTrainer trainer = new VaeTrainer(recipe);
        RunFolder run = Files.exists(output) ? RunFolder.resume(output) : RunFolder.start(output, "vae", recipe);
        trainer.run(new Run(run, new TrainingListener() {
            private boolean training;
            private long left = most;

            @Override
            public void line(String text) {
                training |= text.startsWith("training") || text.startsWith("going on");
            }

            @Override
            public boolean cancelled() {
                return training && left-- <= 0;
            }
        }));
        return output.resolve("model");
    }

    private Run run(String part, String output, Object recipe) {
        return new Run(RunFolder.start(Path.of(output), part, recipe), lines::add);
    }

    private void train(String name, String from, String more) throws IOException {
        TransformerRecipe recipe = recipe(name, from, more);
        new TransformerTrainer(recipe).run(run("transformer", recipe.output(), recipe));
    }

    private TransformerTrainer trainer(String name, String from, String more) throws IOException {
        return new TransformerTrainer(recipe(name, from, more));
    }

    private TransformerRecipe recipe(String name, String from, String more) throws IOException {
        String stages = more.contains("stages:") ? "" : """
                stages:
                  - {steps: 1, batch: 2, sizes: [16x16x1]}
                  - {steps: 1, batch: 3, sizes: [16x16x9, 16x16x1]}
                """;
        Path file = Files.writeString(
                folder.resolve(name + ".yaml"),
                """
                seed: 1
                output: %s
                %s
                network: {heads: 1, head_dim: 16, layers: 2, time_embed_dim: 16}
                data: {sources: [{kind: world, clips: 6}]}
                text_dropout: 0.5
                precision: bf16
                sampling: {steps: 3, guidance: 2.0}
                %s
                """.formatted(folder.resolve(name), from, more)
                        + stages
                        + (more.contains("pack") ? REST.replace("every: 2", "every: 100") : REST));
        return Recipes.read(file, TransformerRecipe.class);
    }
}
