package kinema.text.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceTokenizerTest {
    private static final Path MODEL = TokenCases.GOLDEN.resolve("cogvideox/tokenizer/spiece.model");
    private static final SentencePieceTokenizer TOKENIZER = SentencePieceTokenizer.open(MODEL);

    @Test
    void idsEqualTheReferenceForOddTexts() throws IOException {
        List<TokenCases.Case> cases = TokenCases.read("t5-ids.json").cases();
        assertThat(cases).hasSizeGreaterThan(100);
        for (TokenCases.Case c : cases) {
            TokenIds found = TOKENIZER.encode(c.text(), 400);
            assertThat(Arrays.copyOf(found.ids(), found.used())).as(c.text()).isEqualTo(c.ids());
            assertThat(found.cut()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"t2v-2b", "t2v-2b-size", "t2v-5b", "t2v-5b-size", "t2v-5b-nocfg"})
    void idsEqualThePublishedPipelines(String name) throws IOException {
        Path folder = TokenCases.GOLDEN.resolve("cogvideox").resolve(name);
        JsonNode request =
                new ObjectMapper().readTree(folder.resolve("request.json").toFile());
        try (Safetensors expected = Safetensors.open(folder.resolve("expected.safetensors"))) {
            long[] ids = Scopes.run(() -> Tensors.longs(expected.tensor("ids")));
            assertThat(TOKENIZER.encode(request.path("prompt").asText(), 226).ids())
                    .isEqualTo(ids);
        }
    }

    @Test
    void cutsToTheLengthWithTheEndTokenAndSaysWhatWasCut() {
        String text = "a street artist paints a colorful bird on a concrete wall";
        long[] all = TOKENIZER.encode(text, 100).ids();
        int used = TOKENIZER.encode(text, 100).used();
        for (int length = 2; length < used; length++) {
            TokenIds cut = TOKENIZER.encode(text, length);
            assertThat(cut.used()).isEqualTo(length);
            assertThat(cut.ids()).hasSize(length).endsWith(1).startsWith(Arrays.copyOf(all, length - 1));
            assertThat(text).endsWith(cut.cut());
        }
        assertThat(TOKENIZER.encode(text, used).cut()).isNull();
    }

    @Test
    void sentinelsAreLeftOutOfCutText() {
        assertThat(TOKENIZER.encode("a cat <extra_id_5> sits", 2).cut()).isEqualTo("cat sits");
    }

    @Test
    void idsStayInsideTheVocabulary() {
        assertThat(TOKENIZER.size()).isEqualTo(1200);
        for (String text : List.of("<extra_id_0>", "<extra_id_99>", "\u732b", "zebra \uD800 lone surrogate")) {
            assertThat(Arrays.stream(TOKENIZER.encode(text, 64).ids()))
                    .allMatch(id -> id >= 0 && id < TOKENIZER.size());
        }
    }

    @Test
    void threadsShareOneTokenizer() {
        long[] alone =
                TOKENIZER.encode("a red rocket rises in the night sky", 40).ids();
        assertThat(IntStream.range(0, 200)
                        .parallel()
                        .mapToObj(i -> TOKENIZER
                                .encode("a red rocket rises in the night sky", 40)
                                .ids()))
                .allSatisfy(ids -> assertThat(ids).isEqualTo(alone));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0, -5})
    void tooShortALengthIsAnError(int length) {
        assertThatThrownBy(() -> TOKENIZER.encode("a cat", length))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxLength must be at least 2 (one token and the end token), found " + length);
    }

    @Test
    void missingFileIsAnError(@TempDir Path folder) {
        Path file = folder.resolve("spiece.model");
        assertThatThrownBy(() -> SentencePieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        file + ": no such file; a checkpoint with a T5 text encoder has it in its tokenizer folder");
    }

    @Test
    void garbageFileIsAnError(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("spiece.model"), "version https://git-lfs.github.com/spec/v1\n");
        assertThatThrownBy(() -> SentencePieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": not a SentencePiece model for T5 (damaged at byte ")
                .hasMessageEndingWith("download it again");
    }

    @Test
    void emptyFileIsAnError(@TempDir Path folder) throws IOException {
        Path file = Files.createFile(folder.resolve("spiece.model"));
        assertThatThrownBy(() -> SentencePieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a SentencePiece model for T5 (it has 0 pieces for what is unknown");
    }

    @Test
    void fileCutOffIsAnError(@TempDir Path folder) throws IOException {
        byte[] whole = Files.readAllBytes(MODEL);
        Path file = folder.resolve("spiece.model");
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> SentencePieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("download it again");
    }
}
