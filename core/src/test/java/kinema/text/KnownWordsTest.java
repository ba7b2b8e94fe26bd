package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownWordsTest {
    private static final KnownWords WORDS = new KnownWords(kinds());

    @TempDir
    private Path folder;

    @Test
    void isReadAsItIsWritten() throws IOException {
        assertThat(KnownWords.of(folder)).isEmpty();
        WORDS.write(folder);
        assertThat(KnownWords.of(folder)).contains(WORDS);
        assertThat(folder.resolve(KnownWords.FILE)).content().startsWith("# ");
    }

    @Test
    void twoListsBecomeOne() {
        KnownWords some = new KnownWords(Map.of("subjects", List.of("boat", "flying saucer")));
        KnownWords more = new KnownWords(Map.of("subjects", List.of("owl", "boat"), "scenes", List.of("sea")));
        assertThat(some.with(more).kinds())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("subjects", List.of("boat", "flying saucer", "owl"), "scenes", List.of("sea")));
    }

    @Test
    void whatIsUnknownHasItsNearest() {
        assertThat(WORDS.unknown("A flying SAUCER rises, over the sea!")).isEmpty();
        assertThat(WORDS.unknown("Two rockts rises riess; Élan xyz xyz"))
                .containsExactly(
                        Map.entry("two", ""),
                        Map.entry("rockts", "rocket"),
                        Map.entry("riess", ""),
                        Map.entry("élan", ""),
                        Map.entry("xyz", ""));
    }

    @Test
    void whatIsNoTextIsNamed() throws IOException {
        Path file = Files.write(folder.resolve(KnownWords.FILE), new byte[] {(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> KnownWords.of(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessage(file + ": it is not text in UTF-8");
    }

    private static Map<String, List<String>> kinds() {
        Map<String, List<String>> kinds = new LinkedHashMap<>();
        kinds.put("subjects", List.of("rocket", "flying saucer"));
        kinds.put("motions", List.of("rises"));
        kinds.put("scenes", List.of("over the sea"));
        kinds.put("articles", List.of("a"));
        return kinds;
    }
}
