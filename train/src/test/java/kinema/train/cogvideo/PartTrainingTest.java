package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.Stage;
import kinema.memory.Meter;
import kinema.nn.OneDnn;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.text.KnownWords;
import kinema.train.Recipes;
import kinema.train.Run;
import kinema.train.RunFolder;
import kinema.train.TrainingMemory;
import kinema.train.data.Shards.Row;
import kinema.train.world.World;
import kinema.weights.Checkpoint;
import kinema.weights.Placement;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Small runs of all networks that make tokens. That losses and gradients of the stages are the authors' is held by
 * {@code OnePassParityTest} of the module {@code core}.
 */
class PartTrainingTest {
    @TempDir
    static Path shared;

    private static Path model; // with what each run before added
    private static SmallRuns runs;

    @TempDir
    Path folder;

    /** Trains one after the other what a model needs. */
    @BeforeAll
    static void trainAll() throws IOException {
        torch.set_num_threads(1);
        model = SmallTokenizer.write(shared.resolve("tokenizer"));
        runs = new SmallRuns(shared);
        runs.tokenize(model);
        for (PartTrainer.Kind kind : PartTrainer.Kind.values()) {
            Path output = shared.resolve(kind.name());
            SmallRuns.train(kind, runs.recipe(kind, output, model, "defaults: {frames: 9, fps: 4, key-rate: 2}"));
            model = output.resolve("model");
        }
    }

    @Test
    void whatIsTrainedIsAModelThatMakesVideos() {
        try (VideoModel opened = Kinema.open(model)) {
            GenerationRequest request =
                    GenerationRequest.of("a red rocket").seed(3).build();
            List<String> notes = new ArrayList<>();
            GenerationListener listener = new GenerationListener() {
                @Override
                public void note(String text) {
                    notes.add(text);
                }
            };
            try (Generation made = opened.generate(request, listener)) {
                assertThat(made.video().frames()).hasSize(9);
                assertThat(made.video().width()).isEqualTo(64);
                assertThat(made.video().fps()).isEqualTo(4);
                assertThat(made.provenance().sampling().settings().values()).containsEntry("key-rate", 2.0);
            }
            assertThat(notes).isEmpty();
            assertThat(Kinema.rules(model).language()).contains("English");
        }
    }

    @ParameterizedTest
    @EnumSource
    void rowsHaveNearlyTheLossOfFloatInBf16(PartTrainer.Kind kind) throws IOException {
        double exact = heldOut(kind, "fp32");
        double rounded = heldOut(kind, "bf16");
        assertThat(rounded != exact).isEqualTo(OneDnn.shortProducts().isPresent());
        assertThat(rounded).isCloseTo(exact, within(0.01 * exact));
    }

    private double heldOut(PartTrainer.Kind kind, String precision) throws IOException {
        return SmallRuns.heldOut(kind, runs.recipe(kind, folder.resolve(precision), model, "precision: " + precision));
    }

    /** Each run's folder makes videos as far as its parts go, with no option. */
    @ParameterizedTest
    @CsvSource({"KEYFRAMES, 5, 2", "INTERPOLATION, 9, 4"})
    void aModelInTheMakingMakesWhatItCan(PartTrainer.Kind last, int frames, double fps) {
        try (VideoModel opened = Kinema.open(shared.resolve(last.name()).resolve("model"));
                Generation made =
                        opened.generate(GenerationRequest.of("a red rocket").build(), GenerationListener.NONE)) {
            assertThat(made.video().frames()).hasSize(frames);
            assertThat(made.video().width()).isEqualTo(32);
            assertThat(made.video().fps()).isEqualTo(fps);
        }
    }

    /** The base is not trained with what is added to it: all parts of the last folder are the bytes of the run that made them. */
    @Test
    void partsStayAsTheyWereMade() {
        for (String part : List.of("base", "keyframes", "interpolation")) {
            String file = "model/" + part + "/diffusion_pytorch_model.safetensors";
            Path made = shared.resolve(part.toUpperCase(Locale.ROOT)).resolve(file);
            assertThat(model.resolve(part).resolve("diffusion_pytorch_model.safetensors"))
                    .hasSameBinaryContentAs(made);
        }
    }

    @Test
    void aModelListsTheWordsOfItsRows() throws IOException {
        assertThat(KnownWords.of(model)).contains(new World().words());
        String trainedOn = "start: " + model + "\nsteps: 1\noptimizer: {warmup: 0}\ntokens: ";
        runs.tokenize(model, "rows", "rates: [8]\nwithin: 9");
        Path more = folder.resolve("more");
        SmallRuns.train(
                PartTrainer.Kind.KEYFRAMES,
                runs.recipe(PartTrainer.Kind.KEYFRAMES, more, model, trainedOn + shared.resolve("rows")));
        assertThat(KnownWords.of(more.resolve("model"))).contains(new World().words());
        Files.delete(shared.resolve("rows").resolve(KnownWords.FILE)); // as rows of users' videos have none
        Path other = folder.resolve("other");
        SmallRuns.train(
                PartTrainer.Kind.KEYFRAMES,
                runs.recipe(PartTrainer.Kind.KEYFRAMES, other, model, trainedOn + shared.resolve("rows")));
        assertThat(KnownWords.of(other.resolve("model"))).isEmpty();
        assertThat(KnownWords.of(model)).isPresent();
    }

    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        Path parts = folder.resolve("parts");
        PartRecipe recipe = runs.recipe(PartTrainer.Kind.KEYFRAMES, parts, shared.resolve("BASE/model"), "");
        SmallRuns.train(PartTrainer.Kind.KEYFRAMES, recipe, 2);
        assertThat(parts.resolve("model")).doesNotExist();
        List<String> lines = SmallRuns.train(PartTrainer.Kind.KEYFRAMES, recipe);
        assertThat(lines).anyMatch(line -> line.startsWith("going on at step 2 of 4"));
        assertThat(lines).anyMatch(line -> line.matches("held-out rows: \\d\\.\\d{4} nats a token"));
        String file = "model/keyframes/diffusion_pytorch_model.safetensors";
        assertThat(parts.resolve(file))
                .hasSameBinaryContentAs(shared.resolve("KEYFRAMES").resolve(file));
    }

    @Test
    void theLossFalls() throws IOException {
        Path output = folder.resolve("run");
        String more = "steps: 30\nlog_every: 10\noptimizer: {learning_rate: 0.01, warmup: 2, ema: 0}\n";
        SmallRuns.train(PartTrainer.Kind.BASE, runs.recipe(PartTrainer.Kind.BASE, output, model, more));
        List<String> rows = Files.readAllLines(output.resolve("metrics.csv"));
        double first = Double.parseDouble(rows.get(1).split(",")[1]);
        double last = Double.parseDouble(rows.get(3).split(",")[1]);
        assertThat(last).isLessThan(first - 0.2);
    }

    /** Each line about rows that are held out has the pictures' loss and the clips', and the latter falls more where they are learned. */
    @Test
    void theTextToImageModelLearnsFramesOfClipsInTurns() throws IOException {
        String more = "steps: 250\nsample_every: 250\noptimizer: {learning_rate: 0.01, warmup: 2, ema: 0}\nclips: ";
        String clips = "[" + shared.resolve("clips") + "]\n";
        double[] both = heldOut(runs.recipe(PartTrainer.Kind.BASE, folder.resolve("both"), model, more + clips));
        double[] pictures = heldOut(runs.recipe(PartTrainer.Kind.BASE, folder.resolve("pictures"), model, more + "[]"));
        assertThat(both).hasSize(2);
        assertThat(pictures).hasSize(1);
        PartRecipe go = runs.recipe(
                PartTrainer.Kind.BASE,
                folder.resolve("go"),
                model,
                "start: " + folder.resolve("pictures/model") + "\nsteps: 1\nsample_every: 1\n"
                        + "optimizer: {learning_rate: 1.0e-9, warmup: 0, ema: 0}\nclips: " + clips);
        assertThat(both[1]).isLessThan(heldOut(go)[1] - 0.1);
    }

    private static double[] heldOut(PartRecipe recipe) {
        String line = SmallRuns.train(PartTrainer.Kind.BASE, recipe).stream()
                .filter(told -> told.startsWith("held-out rows: "))
                .reduce((first, second) -> second)
                .orElseThrow();
        return Stream.of(line.replace("held-out rows: ", "")
                        .replace(" nats a token", "")
                        .split(", "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    @Test
    void whatIsAddedStartsAsCopiesOfTheTextToImageModel() throws IOException {
        PartRecipe recipe = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder, shared.resolve("BASE/model"), "");
        CogVideoFiles files = new CogVideoFiles(Path.of(recipe.model()));
        try (TokenRows rows = TokenRows.open(Path.of(recipe.tokens()), TokenRecipe.Rows.CLIPS);
                TrainedStage stage = new TrainedStage(Stage.KEYFRAMES, new PartSizes(recipe, rows.about()));
                Checkpoint base = files.open(Part.BASE, Placement.resident(ScalarType.Float))) {
            Scopes.run(() -> {
                for (String map : List.of("query_key_value", "dense")) {
                    Tensor own = stage.parameters().tensor("mixins.attention_plus." + map + ".1.weight");
                    assertThat(own.equal(stored(base, "layers.1.attention." + map + ".weight")))
                            .isTrue();
                }
                Tensor positions =
                        stage.parameters().tensor("mixins.extra_position_embedding.position_embeddings.weight");
                Tensor first = stored(base, "position_embeddings.weight").narrow(0, 512, 16);
                for (int frame = 0; frame < 4; frame++) {
                    assertThat(positions.narrow(0, 16 * frame, 16).equal(first)).isTrue();
                }
            });
        }
    }

    /** Without contents as with them: the plan of a batch is what the real one takes. */
    @Test
    void whatABatchTakesIsKnownBefore() throws IOException {
        Path base = shared.resolve("BASE/model");
        PartRecipe pictures = runs.recipe(PartTrainer.Kind.BASE, folder, model, "");
        try (TokenRows rows = TokenRows.open(Path.of(pictures.tokens()), TokenRecipe.Rows.PICTURES)) {
            PartSizes sizes = new PartSizes(pictures, rows.about());
            assertThat(new PartMemory(sizes).ofBase().batch())
                    .isCloseTo(peak(() -> new TrainedBase(sizes), rows), withinPercentage(10));
        }
        PartRecipe clips = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder, base, "");
        try (TokenRows rows = TokenRows.open(Path.of(clips.tokens()), TokenRecipe.Rows.CLIPS)) {
            PartSizes sizes = new PartSizes(clips, rows.about());
            TrainingMemory planned = new PartMemory(sizes).ofStage(Stage.KEYFRAMES);
            assertThat(planned.batch())
                    .isCloseTo(peak(() -> new TrainedStage(Stage.KEYFRAMES, sizes), rows), withinPercentage(10));
            long stored = Files.size(base.resolve("base/diffusion_pytorch_model.safetensors"));
            assertThat(planned.frozen()).as("stored as float16").isCloseTo(2 * stored, withinPercentage(10));
        }
        PartRecipe pairs = runs.recipe(PartTrainer.Kind.UPSCALER, folder, base, "");
        try (TokenRows rows = TokenRows.open(Path.of(pairs.tokens()), TokenRecipe.Rows.PAIRS)) {
            PartSizes sizes = new PartSizes(pairs, rows.about());
            assertThat(new PartMemory(sizes).ofUpscaler().batch())
                    .as("of the longest texts")
                    .isCloseTo(peak(() -> new TrainedUpscaler(sizes), rows), withinPercentage(15));
        }
    }

    private static long peak(Supplier<Trained> making, TokenRows rows) {
        List<Row> batch = rows.rows().subList(0, 4);
        return Meter.peak(making, trained -> {
            try (trained) {
                var unused = trained.loss(rows, batch, new SplittableRandom(1));
            }
        });
    }

    /** Derivatives of super-resolution's loss against differences of the loss itself. */
    @Test
    void superResolutionsDerivativesAreThoseOfItsLoss() throws IOException {
        PartRecipe recipe = runs.recipe(PartTrainer.Kind.UPSCALER, folder, shared.resolve("BASE/model"), "");
        try (TokenRows rows = TokenRows.open(Path.of(recipe.tokens()), TokenRecipe.Rows.PAIRS);
                TrainedUpscaler upscaler = new TrainedUpscaler(new PartSizes(recipe, rows.about()));
                Rng rng = new Rng(1)) {
            List<Row> some = rows.rows().subList(0, 2);
            Scopes.run(() -> {
                loss(upscaler, rows, some).backward();
                Tensor gradient = upscaler.parameters().gradient();
                Tensor way = rng.randn(gradient.numel()).mul(new Scalar(5e-4));
                double expected = gradient.dot(way).item_double() * 2;
                try (NoGradGuard guard = new NoGradGuard()) {
                    Tensor values = upscaler.parameters().values();
                    values.add_(way);
                    double after = loss(upscaler, rows, some).item_double();
                    values.sub_(way.mul(new Scalar(2.0)));
                    double before = loss(upscaler, rows, some).item_double();
                    assertThat(after - before).isCloseTo(expected, within(0.02 * Math.abs(expected) + 1e-6));
                }
            });
        }
    }

    /** Each recipe takes what another makes. */
    @Test
    void theBundledRecipesSuitOneAnother() {
        String start = "../recipes/kinema-cogvideo-tiny-";
        Set<String> made = new HashSet<>(Set.of("work/kinema-cogvideo-tiny-vocabulary"));
        for (String rows : List.of("pictures", "clips", "between", "pairs")) {
            TokenRecipe recipe = Recipes.read(Path.of(start + rows + ".yaml"), TokenRecipe.class);
            assertThat(recipe.model()).isEqualTo("work/kinema-cogvideo-tiny-vocabulary/model");
            made.add(recipe.output());
        }
        for (String part : List.of("base", "keyframes", "interpolation", "upscaler")) {
            PartRecipe recipe = Recipes.read(Path.of(start + part + ".yaml"), PartRecipe.class);
            assertThat(made).contains(recipe.tokens(), recipe.model().replace("/model", ""));
            assertThat(made).containsAll(recipe.clips());
            made.add(recipe.output());
        }
        assertThat(made).contains("work/kinema-cogvideo-tiny");
    }

    @Test
    void whatDoesNotSuitIsRefused() throws IOException {
        PartRecipe wrongRows = runs.recipe(PartTrainer.Kind.UPSCALER, folder.resolve("a"), model, "");
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.BASE, wrongRows).run(run(wrongRows)))
                .hasMessageContaining("must hold rows of PICTURES, found PAIRS");
        PartRecipe noBase =
                runs.recipe(PartTrainer.Kind.KEYFRAMES, folder.resolve("b"), shared.resolve("tokenizer"), "");
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.KEYFRAMES, noBase).run(run(noBase)))
                .hasMessageContaining("base");
        String clips = "clips: [" + shared.resolve("clips") + "]";
        PartRecipe ofStage = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder.resolve("c"), model, clips);
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.KEYFRAMES, ofStage).run(run(ofStage)))
                .hasMessageContaining("clips are for the text-to-image model");
        PartRecipe noClips =
                runs.recipe(PartTrainer.Kind.BASE, folder.resolve("d"), model, clips.replace("clips]", "pictures]"));
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.BASE, noClips).run(run(noClips)))
                .hasMessageContaining("must hold rows of CLIPS, found PICTURES");
        runs.tokenize(model, "others", "rates: [8]\nwithin: 9\ntext_tokens: 20");
        PartRecipe others =
                runs.recipe(PartTrainer.Kind.BASE, folder.resolve("e"), model, clips.replace("clips]", "others]"));
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.BASE, others).run(run(others)))
                .hasMessageContaining("16 a frame, 24 a text")
                .hasMessageContaining("found 16 a frame, 20 a text");
        Path about = shared.resolve("others/tokens.json");
        String coder =
                Files.readString(about).replaceFirst("\"tokens\" : \"image ", "\"tokens\" : \"image of another ");
        Files.writeString(about, coder);
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.BASE, others).run(run(others)))
                .hasMessageContaining("found 16 a frame, 20 a text, of image of another ");
        Files.writeString(about, coder.replaceFirst("\"tokens\" : \"[^\"]*\",", ""));
        assertThatThrownBy(() -> new PartTrainer(PartTrainer.Kind.BASE, others).run(run(others)))
                .hasMessageContaining("the key 'tokens' is missing");
        assertThatThrownBy(() -> runs.recipe(PartTrainer.Kind.BASE, folder, model, "clips: [a, '']"))
                .hasMessageContaining("clips must name folders of rows, found [a, ]");
        assertThatThrownBy(() -> runs.recipe(PartTrainer.Kind.BASE, folder, model, "kernel: 4"))
                .hasMessageContaining("kernel must be odd, found 4");
        assertThatThrownBy(() -> runs.recipe(PartTrainer.Kind.BASE, folder, model, "text_dropout: 1"))
                .hasMessageContaining("text_dropout must be in [0, 1), found 1.0");
    }

    private static Tensor stored(Checkpoint weights, String key) {
        return weights.tensors().get(key).read().to(ScalarType.Float);
    }

    private static Tensor loss(TrainedUpscaler upscaler, TokenRows rows, List<Row> some) {
        return upscaler.loss(rows, some, new SplittableRandom(1));
    }

    private static Run run(PartRecipe recipe) {
        return new Run(RunFolder.start(Path.of(recipe.output()), "test", recipe), line -> {});
    }
}
