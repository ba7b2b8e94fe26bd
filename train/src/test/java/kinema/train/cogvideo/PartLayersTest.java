package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.Video;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoConversion;
import kinema.cogvideo.network.Stage;
import kinema.memory.Meter;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.TinyCogVideo;
import kinema.train.TrainingMemory;
import kinema.weights.ConversionListener;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A text-to-image model that is trained with what is added to it, or stays as it is. */
class PartLayersTest {
    private static final String ALL = "\nlayers: all\noptimizer: {learning_rate: 0.01, warmup: 1, ema: 0}";
    private static final List<String> PARTS =
            List.of("base", "keyframes", "interpolation", "upscaler_base", "upscaler");

    @TempDir
    static Path shared;

    private static SmallRuns runs;
    private static Path whole; // both stages go by one text-to-image model, super-resolution by another

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() throws IOException {
        torch.set_num_threads(1);
        whole = shared.resolve("whole");
        CogVideoConversion.convert(TinyCogVideo.authors(shared.resolve("authors")), whole, ConversionListener.NONE);
        runs = new SmallRuns(shared);
        runs.tokenize(whole);
    }

    /** What the stage went by before is what the other stages go by still. */
    @ParameterizedTest
    @CsvSource({
        "KEYFRAMES, base, interpolation_base",
        "INTERPOLATION, interpolation_base, base",
        "UPSCALER, upscaler_base, base"
    })
    void aStageHasATextToImageModelOfItsOwn(PartTrainer.Kind kind, String trained, String kept) throws IOException {
        String part = kind.name().toLowerCase(Locale.ROOT);
        Path model = train(kind, "run", "start: " + whole + ALL);
        String former = kind == PartTrainer.Kind.UPSCALER ? trained : "base";
        assertThat(SmallRuns.bytes(model, trained)).isNotEqualTo(SmallRuns.bytes(whole, former));
        assertThat(SmallRuns.bytes(model, kept)).isEqualTo(SmallRuns.bytes(whole, "base"));
        for (String other : PARTS) {
            if (!other.equals(part) && !other.equals(trained)) {
                assertThat(SmallRuns.bytes(model, other)).as(other).isEqualTo(SmallRuns.bytes(whole, other));
            }
        }
        assertThat(SmallRuns.bytes(model, part)).isNotEqualTo(SmallRuns.bytes(whole, part));
        assertThat(model.resolve(trained)).isDirectoryContaining("glob:**/config.json");
        assertThat(Kinema.parts(model).index().node(trained).isMissingNode()).isFalse();
    }

    /** As the paper has it. */
    @Test
    void leftOpenTheTextToImageModelStaysAsItIs() throws IOException {
        Path model = train(PartTrainer.Kind.INTERPOLATION, "run", "start: " + whole + ALL.replace("all", "added"));
        Path open = train(PartTrainer.Kind.INTERPOLATION, "open", "start: " + whole + ALL.replace("layers: all", ""));
        assertThat(SmallRuns.bytes(open, "interpolation")).isEqualTo(SmallRuns.bytes(model, "interpolation"));
        assertThat(SmallRuns.bytes(open, "base")).isEqualTo(SmallRuns.bytes(whole, "base"));
        assertThat(open.resolve("interpolation_base")).doesNotExist();
    }

    /** Tokens are those of the trained model, and of the other stage those of the one it had. */
    @ParameterizedTest
    @CsvSource({"KEYFRAMES, base", "INTERPOLATION, interpolation_base"})
    void videosAreMadeWithTheTrainedModel(PartTrainer.Kind kind, String trained) throws IOException {
        Path model = train(kind, "run", "start: " + whole + ALL);
        Path mixed = folder.resolve("mixed"); // with the text-to-image model as it was before
        SmallRuns.copy(model, mixed, trained);
        SmallRuns.copy(whole.resolve("base"), mixed.resolve(trained), "none");
        boolean first = kind == PartTrainer.Kind.KEYFRAMES;
        assertThat(made(model, first)).isNotEqualTo(made(mixed, first));
        assertThat(made(model, !first)).isEqualTo(made(whole, !first));
    }

    @Test
    void gradientsReachTheTextToImageModel() throws IOException {
        for (PartTrainer.Kind kind : List.of(PartTrainer.Kind.KEYFRAMES, PartTrainer.Kind.INTERPOLATION)) {
            PartRecipe recipe = runs.recipe(kind, folder, whole, ALL);
            try (TokenRows rows = TokenRows.open(Path.of(recipe.tokens()), TokenRecipe.Rows.CLIPS);
                    Trained trained = SmallRuns.trained(kind, new PartSizes(recipe, rows.about()))) {
                Scopes.run(() -> {
                    trained.loss(rows, rows.rows().subList(0, 2), new SplittableRandom(1))
                            .backward();
                    for (String key : List.of(
                            "transformer.word_embeddings.weight",
                            "transformer.layers.1.attention.query_key_value.weight",
                            "transformer.layers.0.mlp.dense_h_to_4h.weight",
                            "mixins.attention_plus.query_key_value.1.weight")) {
                        Tensor gradient = trained.parameters().tensor(key).grad();
                        assertThat(gradient.abs().max().item_double()).as(key).isPositive();
                    }
                });
            }
        }
    }

    /** A new part too starts as the text-to-image model, and a run that is interrupted ends as one that is not. */
    @Test
    void aRunThatIsInterruptedEndsAsOneThatIsNot() throws IOException {
        Path once = train(PartTrainer.Kind.KEYFRAMES, "once", ALL);
        PartRecipe twice = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder.resolve("twice"), whole, ALL);
        SmallRuns.train(PartTrainer.Kind.KEYFRAMES, twice, 2);
        SmallRuns.train(PartTrainer.Kind.KEYFRAMES, twice);
        for (String part : List.of("base", "keyframes")) {
            assertThat(SmallRuns.bytes(folder.resolve("twice/model"), part)).isEqualTo(SmallRuns.bytes(once, part));
        }
        PartRecipe frozen = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder, whole, "");
        assertThat(SmallRuns.heldOut(PartTrainer.Kind.KEYFRAMES, twice))
                .as("before the first step")
                .isEqualTo(SmallRuns.heldOut(PartTrainer.Kind.KEYFRAMES, frozen));
    }

    /** What is trained on is the stage's own text-to-image model. */
    @Test
    void aRunGoesOnWhereOneWithAllLayersEnded() throws IOException {
        String all = ALL + "\nsteps: 8\nsample_every: 8";
        PartRecipe before = runs.recipe(PartTrainer.Kind.INTERPOLATION, folder.resolve("before"), whole, all);
        double ended = SmallRuns.train(PartTrainer.Kind.INTERPOLATION, before).stream()
                .filter(line -> line.startsWith("held-out rows: "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[2]))
                .findFirst()
                .orElseThrow();
        String start = "start: " + folder.resolve("before/model");
        for (String layers : List.of("\nlayers: all", "\nlayers: added")) {
            PartRecipe on = runs.recipe(PartTrainer.Kind.INTERPOLATION, folder, whole, start + layers);
            assertThat(SmallRuns.heldOut(PartTrainer.Kind.INTERPOLATION, on)).isCloseTo(ended, within(1e-3));
        }
    }

    @Test
    void whatABatchTakesIsKnownBefore() throws IOException {
        PartRecipe clips = runs.recipe(PartTrainer.Kind.KEYFRAMES, folder, whole, ALL);
        try (TokenRows rows = TokenRows.open(Path.of(clips.tokens()), TokenRecipe.Rows.CLIPS)) {
            PartSizes sizes = new PartSizes(clips, rows.about());
            TrainingMemory planned = new PartMemory(sizes).ofStage(Stage.KEYFRAMES);
            long taken = Meter.peak(() -> new TrainedStage(Stage.KEYFRAMES, sizes), trained -> {
                try (trained) {
                    var unused = trained.loss(rows, rows.rows().subList(0, 4), new SplittableRandom(1));
                }
            });
            assertThat(planned.batch()).isCloseTo(taken, withinPercentage(10));
            assertThat(planned.frozen()).isZero();
            try (Trained trained = new TrainedStage(Stage.KEYFRAMES, sizes)) {
                assertThat(planned.trained())
                        .isEqualTo(4 * Float.BYTES * trained.parameters().count());
            }
        }
    }

    private Path train(PartTrainer.Kind kind, String name, String more) throws IOException {
        Path output = folder.resolve(name);
        SmallRuns.train(kind, runs.recipe(kind, output, whole, more));
        return output.resolve("model");
    }

    /** Tokens of key frames, or of the frames between five pictures. */
    private static float[] made(Path model, boolean first) {
        GenerationRequest.Builder request =
                GenerationRequest.of("a red rocket").seed(3).tensors(true);
        if (first) {
            request.frames(5).set("until", "keyframes");
        } else {
            byte[] grey = new byte[64 * 64 * 3];
            Arrays.fill(grey, (byte) 90);
            request.frames(9)
                    .set("until", "interpolate")
                    .condition(PictureCondition.video(new Video(64, 64, 8, Collections.nCopies(5, grey)), 1));
        }
        try (VideoModel opened = Kinema.open(model);
                Generation made = opened.generate(request.build(), GenerationListener.NONE)) {
            return Tensors.floats(made.tensors().get(first ? "key_frames" : "frames"));
        }
    }
}
