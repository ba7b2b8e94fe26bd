package kinema.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kinema.files.FileFailure;
import kinema.files.Names;
import kinema.files.SmallFile;
import kinema.weights.WeightsException;

/**
 * All that the captions of a small model's training speak of, as its folder's {@code words.txt} lists it: a line a kind, such
 * as {@code subjects: boat, flying saucer}; lines that begin with # are remarks.
 *
 * @param kinds the phrases by their kind, in the file's order
 */
public record KnownWords(Map<String, List<String>> kinds) {
    /** The file's name in a model's folder. */
    public static final String FILE = "words.txt";

    private static final int MAX_FILE = 1 << 20; // bytes
    private static final Pattern NO_LETTER = Pattern.compile("[^\\p{L}\\p{M}]+");

    /** Keeps a copy. */
    public KnownWords {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        kinds.forEach((kind, phrases) -> copy.put(kind, List.copyOf(phrases)));
        kinds = Collections.unmodifiableMap(copy);
    }

    /**
     * Reads a model's list; empty where it has none.
     *
     * @throws WeightsException when it cannot be read
     */
    public static Optional<KnownWords> of(Path model) {
        Path file = model.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            Map<String, List<String>> kinds = new LinkedHashMap<>();
            for (String line : SmallFile.text(file, MAX_FILE).lines().toList()) {
                int colon = line.indexOf(':');
                if (!line.startsWith("#") && colon > 0) {
                    kinds.put(
                            line.substring(0, colon).strip(),
                            List.of(line.substring(colon + 1).strip().split("\\s*,\\s*")));
                }
            }
            return Optional.of(new KnownWords(kinds));
        } catch (IOException e) {
            throw new WeightsException(file + ": " + FileFailure.reading(file, e), e);
        }
    }

    /** What either list has. */
    public KnownWords with(KnownWords other) {
        Map<String, List<String>> both = new LinkedHashMap<>(kinds);
        other.kinds.forEach((kind, phrases) -> both.merge(
                kind,
                phrases,
                (some, more) ->
                        Stream.concat(some.stream(), more.stream()).distinct().toList()));
        return new KnownWords(both);
    }

    /** Writes the list into a model's folder. */
    public void write(Path model) throws IOException {
        StringBuilder text = new StringBuilder("# What the captions of this model's training speak of. Other words are"
                + " unknown to it; 'kinema generate' says so.\n");
        kinds.forEach((kind, phrases) -> text.append(kind)
                .append(": ")
                .append(String.join(", ", phrases))
                .append('\n'));
        Files.writeString(model.resolve(FILE), text, StandardCharsets.UTF_8);
    }

    /**
     * The words of a prompt that stand in no phrase, in their order, each with the known word that is written most like it;
     * an empty text where none is near.
     */
    public Map<String, String> unknown(String prompt) {
        Set<String> known = new TreeSet<>();
        kinds.values().forEach(phrases -> phrases.forEach(phrase -> known.addAll(words(phrase))));
        Map<String, String> unknown = new LinkedHashMap<>();
        for (String word : new LinkedHashSet<>(words(prompt))) {
            if (!known.contains(word)) {
                unknown.put(
                        word,
                        Names.nearest(word, known, Math.max(1, word.length() / 3))
                                .orElse(""));
            }
        }
        return unknown;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>(List.of(NO_LETTER.split(text.toLowerCase(Locale.ROOT))));
        words.removeIf(String::isEmpty);
        return words;
    }
}
