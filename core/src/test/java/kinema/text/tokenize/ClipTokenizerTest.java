package kinema.text.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClipTokenizerTest {
    private static final Path FOLDER = TokenCases.GOLDEN.resolve("show1/show-1-sr2/tokenizer");

    @TempDir
    Path folder;

    @Test
    void idsEqualTheReferenceForOddTexts() throws IOException {
        try (ClipTokenizer tokenizer = ClipTokenizer.open(FOLDER)) {
            for (TokenCases.Case c : TokenCases.read("clip-ids.json").cases()) {
                TokenIds found = tokenizer.encode(c.text(), 300);
                assertThat(Arrays.copyOf(found.ids(), found.used()))
                        .as(c.text())
                        .isEqualTo(c.ids());
                assertThat(found.ids()).hasSize(300);
                assertThat(found.cut()).isNull();
            }
        }
    }

    @Test
    void cutsToTheLengthWithTheEndTokenAndSaysWhatWasCut() {
        try (ClipTokenizer tokenizer = ClipTokenizer.open(FOLDER)) {
            long[] whole = tokenizer.encode("the cat sits", 77).ids();
            TokenIds cut = tokenizer.encode("the cat sits, the fish sits", 5);
            assertThat(cut.used()).isEqualTo(5);
            assertThat(Arrays.copyOf(cut.ids(), 4)).isEqualTo(Arrays.copyOf(whole, 4));
            assertThat(cut.cut()).isEqualTo("sits, the fish sits");
        }
    }

    @Test
    void paddingIsWhatTheSettingsSay() throws IOException {
        try (ClipTokenizer tokenizer = ClipTokenizer.open(FOLDER)) {
            assertThat(tokenizer.encode("", 4).ids()[3]).isZero(); // "!" in tokenizer_config.json
        }
        for (String name : new String[] {"vocab.json", "merges.txt"}) {
            Files.copy(FOLDER.resolve(name), folder.resolve(name));
        }
        try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
            long[] ids = tokenizer.encode("", 4).ids();
            assertThat(ids[3]).isEqualTo(ids[1]); // the end token
        }
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"a</w>\"}}");
        try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
            assertThat(tokenizer.encode("", 3).ids()[2]).isNotZero();
        }
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"<none>\"}");
        assertThatThrownBy(() -> ClipTokenizer.open(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the vocabulary has no '<none>'");
    }

    @Test
    void filesThatAreMissingOrOfAnotherKindAreNamed() throws IOException {
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("vocab.json: no such file");
        Files.writeString(folder.resolve("vocab.json"), "[");
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("vocab.json: not valid JSON");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0}");
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("merges.txt: no such file");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
        assertThatThrownBy(() -> ClipTokenizer.open(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("found others: the vocabulary has no '<|endoftext|>'");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0.5}");
        assertThatThrownBy(() -> ClipTokenizer.open(folder)).hasMessageContaining("'a' has no id but 0.5");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0, \"<|startoftext|>\": 1, \"<|endoftext|>\": 2}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nx y\n");
        assertThatThrownBy(() -> ClipTokenizer.open(folder))
                .hasMessageContaining("the vocabulary does not know the pair 'x y'");
        assertThatThrownBy(() -> ClipTokenizer.open(FOLDER).encode("a", 1))
                .hasMessageContaining("maxLength must be at least 2");
    }
}
