package kinema.train.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoConversion;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.testing.TinyCogVideo;
import kinema.weights.ConversionListener;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs that train on what is there: what another run made, and parts of a published model. */
class PartStartTest {
    private static final double ROUNDED = 1e-3; // nats that weights in float16 make, and a line's four digits

    @TempDir
    static Path shared;

    private static SmallRuns runs;
    private static Path base; // folder of a model
    private static SmallRuns publishedRuns;
    private static Path published;

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() throws IOException {
        torch.set_num_threads(1);
        Path tokenizer = SmallTokenizer.write(shared.resolve("tokenizer"));
        runs = new SmallRuns(shared);
        runs.tokenize(tokenizer);
        PartRecipe recipe = runs.recipe(PartTrainer.Kind.BASE, shared.resolve("base"), tokenizer, "");
        SmallRuns.train(PartTrainer.Kind.BASE, recipe);
        base = shared.resolve("base/model");
        published = shared.resolve("published");
        CogVideoConversion.convert(TinyCogVideo.authors(shared.resolve("authors")), published, ConversionListener.NONE);
        publishedRuns = new SmallRuns(shared.resolve("rows"));
        publishedRuns.tokenize(published);
    }

    /** The first loss is the last one of the run before, which is another than a new part's. */
    @ParameterizedTest
    @EnumSource
    void aRunGoesOnWhereAnotherEnded(PartTrainer.Kind kind) throws IOException {
        String more = "steps: 12\nsample_every: 12\noptimizer: {learning_rate: 0.01, warmup: 1, ema: 0}";
        PartRecipe before = runs.recipe(kind, folder.resolve("before"), base, more);
        double ended = SmallRuns.train(kind, before).stream()
                .filter(line -> line.startsWith("held-out rows: "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[2]))
                .findFirst()
                .orElseThrow();
        assertThat(SmallRuns.heldOut(kind, before)).as("of a new part").isNotCloseTo(ended, within(10 * ROUNDED));

        Path made = folder.resolve("before/model");
        PartRecipe on = runs.recipe(kind, folder.resolve("on"), base, "start: " + made + "\n" + more);
        assertThat(SmallRuns.heldOut(kind, on)).isCloseTo(ended, within(ROUNDED));

        SmallRuns.train(kind, on);
        String part = kind.name().toLowerCase(Locale.ROOT);
        Path now = folder.resolve("on/model");
        assertThat(SmallRuns.bytes(now, part)).isNotEqualTo(SmallRuns.bytes(made, part));
        if (kind != PartTrainer.Kind.BASE) {
            assertThat(SmallRuns.bytes(now, "base")).isEqualTo(SmallRuns.bytes(base, "base"));
        }
    }

    /** Of a published model only the part changes, its sizes stay, and the whole makes videos as before. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BASE")
    void aPartOfAPublishedModelIsTrainedOn(PartTrainer.Kind kind) throws IOException {
        Path output = folder.resolve("run");
        PartRecipe recipe = publishedRuns.recipe(
                kind, output, base, "start: " + published + "\nwindow: 4\nkernel: 5\nsteps: 2\ndefaults: {frames: 9}");
        SmallRuns.train(kind, recipe);
        String own = kind.name().toLowerCase(Locale.ROOT);
        Path model = output.resolve("model");
        for (String part : List.of("base", "keyframes", "interpolation", "upscaler", "upscaler_base", "image")) {
            assertThat(Arrays.equals(SmallRuns.bytes(model, part), SmallRuns.bytes(published, part)))
                    .as(part)
                    .isEqualTo(!part.equals(own));
        }
        try (VideoModel opened = Kinema.open(model);
                Generation made =
                        opened.generate(GenerationRequest.of("a red rocket").build(), GenerationListener.NONE)) {
            assertThat(made.video().frames()).hasSize(9);
            assertThat(made.video().width()).isEqualTo(64);
        }
    }

    /** What a model states stays in what is made of it, but for what a recipe says. */
    @Test
    void aModelStatesWhatItDidAndWhatTheRecipeSays() throws IOException {
        PartTrainer.Kind kind = PartTrainer.Kind.KEYFRAMES;
        String first = "steps: 1\ndefaults: {frames: 9, key-rate: 2, first-frame.guidance: 2}";
        SmallRuns.train(kind, runs.recipe(kind, folder.resolve("first"), base, first));
        Path model = folder.resolve("first/model");
        String then = "start: " + model + "\nsteps: 1\ndefaults: {first-frame.guidance: 3}";
        SmallRuns.train(kind, runs.recipe(kind, folder.resolve("then"), base, then));
        Map<String, Object> stated = new CogVideoFiles(folder.resolve("then/model")).stated();
        assertThat(stated)
                .isEqualTo(Map.of("language", "English", "frames", 9, "key-rate", 2, "first-frame.guidance", 3));
        assertThatThrownBy(() -> runs.recipe(kind, folder, base, "defaults: {key_rate: 2}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a model cannot state 'key_rate'; it may state language, frames,");
        assertThatThrownBy(() -> runs.recipe(kind, folder, base, "defaults: {guidance: }"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("guidance must be a number or a word, found null");
    }

    @Test
    void whatTheModelWouldBeRefusedForIsToldBeforeTraining() throws IOException {
        PartTrainer.Kind kind = PartTrainer.Kind.KEYFRAMES;
        PartRecipe many = runs.recipe(kind, folder.resolve("many"), base, "defaults: {top-clusters: 999}");
        assertThatThrownBy(() -> SmallRuns.train(kind, many))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("top-clusters must be at most ");
        Path wrong = folder.resolve("wrong");
        SmallRuns.copy(base, wrong, "none");
        Path index = wrong.resolve("model_index.json");
        Files.writeString(index, Files.readString(index).replace("\"language\"", "\"tongue\""));
        PartRecipe beside = runs.recipe(kind, folder.resolve("beside"), wrong, "");
        assertThatThrownBy(() -> SmallRuns.train(kind, beside))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(index + ": a model cannot state 'tongue'; it may state language,");
    }

    /** Super-resolution of a published model has a text-to-image model of its own. */
    @Test
    void whatIsAddedIsTrainedBesideItsOwnTextToImageModel() throws IOException {
        PartRecipe own = publishedRuns.recipe(PartTrainer.Kind.UPSCALER, folder, base, "start: " + published);
        Path without = folder.resolve("without");
        SmallRuns.copy(published, without, "upscaler_base");
        PartRecipe other = publishedRuns.recipe(PartTrainer.Kind.UPSCALER, folder, base, "start: " + without);
        assertThat(SmallRuns.heldOut(PartTrainer.Kind.UPSCALER, own))
                .isNotCloseTo(SmallRuns.heldOut(PartTrainer.Kind.UPSCALER, other), within(ROUNDED));
    }

    @Test
    void whatCannotBeTrainedOnIsRefusedByName() throws IOException {
        runs.tokenize(base, "large", "side: 64\nrates: [4, 8]\nwithin: 9");
        runs.tokenize(base, "long", "text_tokens: 25\nrates: [4, 8]\nwithin: 9");
        publishedRuns.tokenize(published, "long", "text_tokens: 25\nrates: [4, 8]\nwithin: 9");
        publishedRuns.tokenize(published, "times", "rows: pairs\ntimes: 3\nrates: []\ntext_tokens: 23");
        Path keyframes = published.resolve("keyframes");
        Path upscaler = published.resolve("upscaler");
        assertRefused(
                runs,
                PartTrainer.Kind.KEYFRAMES,
                "start: " + base,
                base.resolve("keyframes") + ": no such folder; start must be a model with the part 'keyframes'");
        assertRefused(
                runs,
                PartTrainer.Kind.BASE,
                "start: " + published,
                published.resolve("base") + ": image tokens must be those of the rows of tokens in "
                        + shared.resolve("pictures") + ", 40, found 64");
        assertRefused(
                publishedRuns,
                PartTrainer.Kind.KEYFRAMES,
                "start: " + published + "\ntokens: " + shared.resolve("rows/long"),
                keyframes + ": has room for 24 tokens of a text, the rows of tokens in " + shared.resolve("rows/long")
                        + " have 25; tokenize with text_tokens: 24");
        assertRefused(
                publishedRuns,
                PartTrainer.Kind.UPSCALER,
                "start: " + published + "\ntokens: " + shared.resolve("rows/times"),
                upscaler + ": tokens of a large picture must be those of the rows of tokens in "
                        + shared.resolve("rows/times") + ", 144, found 64");
        assertRefused(
                runs,
                PartTrainer.Kind.BASE,
                "start: " + shared.resolve("authors"),
                shared.resolve("authors") + ": holds the authors' files");
        Path other = folder.resolve("other");
        SmallRuns.copy(published, other, "none");
        Path config = other.resolve("keyframes/config.json");
        Files.writeString(config, Files.readString(config).replace("\"num_layers\" : 3", "\"num_layers\" : 2"));
        assertRefused(
                publishedRuns,
                PartTrainer.Kind.KEYFRAMES,
                "start: " + other,
                other.resolve("keyframes") + ": sizes of the text-to-image model must be");
        assertThatThrownBy(() -> runs.recipe(PartTrainer.Kind.BASE, folder, base, "model: x\nstart: y"))
                .hasMessageContaining("either model (for a new part) or start (to train one on) must be given, found"
                        + " model 'x' and start 'y'");
    }

    private void assertRefused(SmallRuns rows, PartTrainer.Kind kind, String more, String message) throws IOException {
        Path output = Files.createTempDirectory(folder, "refused").resolve("run");
        PartRecipe recipe = rows.recipe(kind, output, base, more);
        assertThatThrownBy(() -> SmallRuns.train(kind, recipe))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
        assertThat(output.resolve("checkpoints")).doesNotExist();
    }
}
