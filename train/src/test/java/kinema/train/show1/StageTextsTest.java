package kinema.train.show1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.show1.Show1Files;
import kinema.show1.TextParts;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.text.tokenize.TokenIds;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.Placement;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training on from published checkpoints, whose captions go through their own text encoders: T5 in pixels, CLIP in latents. */
class StageTextsTest {
    private static Path published;

    @TempDir
    private Path folder;

    private TinyShow1 tiny;

    @BeforeAll
    static void writeCheckpoints() {
        published = Golden.file("show1");
        Kinema.setThreads(1);
    }

    @BeforeEach
    void makeFolder() {
        tiny = new TinyShow1(folder);
    }

    private StageRecipe recipe(String checkpoint, String size) {
        return tiny.recipe(
                "run",
                size,
                "model: " + published + "\ntext: " + published + "\nstart: " + published.resolve(checkpoint));
    }

    @ParameterizedTest
    @CsvSource({"BASE, show-1-base, 16x16x29, T5EncoderModel", "EXPERT, show-1-sr2, 64x64x29, CLIPTextModel"})
    void aCheckpointIsTrainedFurtherWithItsOwnTextEncoder(
            StageKind kind, String checkpoint, String size, String encoder) throws IOException {
        List<String> lines = TinyShow1.train(kind, recipe(checkpoint, size));
        assertThat(lines).contains("precomputed 4 of 4 clips");
        Path made = tiny.model("run").resolve(checkpoint);
        ModelIndex index = new ModelIndex(ConfigFile.read(made.resolve(ModelIndex.NAME)));
        assertThat(index.names("text_encoder", encoder)).isTrue();
        String config = "text_encoder/config.json";
        assertThat(made.resolve(config))
                .hasSameTextualContentAs(published.resolve(checkpoint).resolve(config));
        try (VideoModel opened = Kinema.open(tiny.model("run"))) {
            GenerationRequest keys = GenerationRequest.of("a red rocket")
                    .seed(1)
                    .size(16, 16)
                    .frames(8)
                    .set("until", "base")
                    .set("key-width", 16)
                    .set("key-height", 16)
                    .set("base.steps", 1)
                    .build();
            assertThat(opened.generate(keys).video().frames()).hasSize(8);
        }
    }

    /** What a network learns from is what it is given when it generates. */
    @ParameterizedTest
    @CsvSource({"BASE, show-1-base", "EXPERT, show-1-sr2"})
    void captionsBecomeTheStatesThatPromptsBecome(StageKind kind, String checkpoint) {
        Show1Files files = Show1Files.of(published);
        TextParts parts = kind.latents() ? TextParts.ofLatents(files) : TextParts.ofPixels(files);
        TokenIds ids = parts.encode("A red Rocket ", 8);
        float[] prompt = Scopes.run(
                () -> Tensors.floats(parts.encoder().encode(Placement.resident(ScalarType.Float), List.of(ids))));
        parts.tokenizer().close();
        try (StageTexts texts = new StageTexts(kind, recipe(checkpoint, "16x16x29"))) {
            float[] caption = Scopes.run(() -> Tensors.floats(texts.states(List.of("A red Rocket "))));
            assertThat(caption).hasSize(8 * (int) texts.width()).containsExactly(prompt);
        }
    }

    @Test
    void theirWidthIsTheirEncoders() {
        try (StageTexts own = new StageTexts(StageKind.BASE, recipe("show-1-base", "16x16x29"));
                StageTexts small = new StageTexts(StageKind.BASE, tiny.recipe("small", "16x16x29", TinyShow1.WIDTHS))) {
            assertThat(own.width()).isEqualTo(64);
            assertThat(small.width()).isEqualTo(384);
        }
    }
}
