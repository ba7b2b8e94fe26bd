package kinema.train.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import kinema.text.tokenize.SentencePiece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnigramTrainerTest {
    private static final List<String> TEXTS = IntStream.range(0, 50)
            .mapToObj(i -> i % 2 == 0 ? "a red rocket flies up" : "the red fox runs to the left")
            .toList();

    @TempDir
    Path folder;

    @Test
    void wordsThatComeOftenBecomePieces() {
        Map<String, Double> pieces = UnigramTrainer.train(TEXTS, 40);
        assertThat(pieces).hasSizeLessThanOrEqualTo(40).containsKeys("▁red", "▁rocket", "▁the", "▁", "x");
        double sum = pieces.values().stream().mapToDouble(Math::exp).sum();
        assertThat(sum).as("probabilities").isCloseTo(1, within(1e-6));
        assertThat(UnigramTrainer.train(TEXTS, 40)).isEqualTo(pieces);
    }

    /** Of two letters that come 3 times apart and once together, the pieces' expected uses can be told by hand. */
    @Test
    void aRoundOfExpectationMaximisationIsTheFormulas() {
        List<String> texts = List.of("b", "b", "b", "b");
        Map<String, Double> pieces = UnigramTrainer.train(texts, 10);
        double p = 1 / 3.0; // "▁", "b" and "▁b" come four times each
        for (int round = 0; round < 2; round++) {
            double whole = p / (p + (1 - p) / 2 * ((1 - p) / 2));
            p = whole / (whole + 2 * (1 - whole));
        }
        assertThat(Math.exp(pieces.get("▁b"))).isCloseTo(p, within(1e-5));
    }

    @Test
    void whatIsWrittenIsReadAsASentencePieceModel() throws IOException {
        Path file = folder.resolve("text.model");
        SentencePieceFile.write(file, List.of("<s>", "</s>"), UnigramTrainer.train(TEXTS, 200));
        SentencePiece words = SentencePiece.read(file);
        assertThat(words.find("<unk>")).hasValue(0);
        assertThat(words.find("</s>")).hasValue(2);
        int[] ids = words.encode("the red rocket runs");
        assertThat(IntStream.of(ids).mapToObj(words::piece)).containsExactly("▁the", "▁red", "▁rocket", "▁runs");
        assertThat(words.decode(ids)).isEqualTo("the red rocket runs");
        assertThat(words.decode(words.encode("foxes fit"))).as("words not seen").isEqualTo("foxes fit");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> UnigramTrainer.train(Collections.nCopies(3, "abcdef"), 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pieces must be at least the characters of the texts, 7, found 5");
        assertThatThrownBy(() -> UnigramTrainer.train(List.of(" ", ""), 5))
                .hasMessageContaining("a vocabulary needs texts with words");
    }
}
