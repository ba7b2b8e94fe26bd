package kinema.text.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import kinema.files.SmallFile;
import kinema.files.StrictJson;

/**
 * CLIP's tokenizer: byte pairs, in the published {@code vocab.json} and {@code merges.txt}. Lower-cased, between a start and
 * an end token. Padding is the token that {@code special_tokens_map.json} or {@code tokenizer_config.json} names, else the
 * end token. All in Java, so no file can do harm.
 *
 * <p>Quotation marks, ligatures and letters of full width become plain ones first: the original has a library clean its
 * texts. What that library guesses of texts in a wrong encoding is not done, nor are HTML's names of characters read. As in
 * the original the token for padding, which may be an exclamation mark, is also found in texts.
 *
 * @see <a href="https://arxiv.org/abs/2103.00020">CLIP, section 2.4</a>
 */
public final class ClipTokenizer implements Tokenizer {
    private static final String START = "<|startoftext|>";
    private static final String END = "<|endoftext|>";
    private static final List<String> SETTINGS = List.of("special_tokens_map.json", "tokenizer_config.json");
    private static final int MAX_FILE = 16 << 20;

    /** Words: English endings, letters, single digits, everything else. */
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+", Pattern.UNICODE_CHARACTER_CLASS);

    private final BytePairs pairs;
    private final String padding;
    private final Pattern special;

    /** Ids, with the char of the text that each begins at. */
    private record Ids(List<Long> ids, List<Integer> starts) {
        void add(long id, int start) {
            ids.add(id);
            starts.add(start);
        }
    }

    private ClipTokenizer(BytePairs pairs, String padding) {
        this.pairs = pairs;
        this.padding = padding;
        special = Pattern.compile(String.join(
                "|", Stream.of(START, END, padding).map(Pattern::quote).toList()));
        pairs.id(START); // as is END, the unknown piece
        pairs.id(padding);
    }

    /**
     * Opens a tokenizer's folder.
     *
     * @param folder such as {@code tokenizer/}
     * @throws IllegalArgumentException when a file is missing, damaged or not CLIP's kind
     */
    public static ClipTokenizer open(Path folder) {
        JsonNode vocabulary = json(folder.resolve("vocab.json"));
        List<String> merges = text(folder.resolve("merges.txt"))
                .lines()
                .filter(line -> !line.startsWith("#version") && !line.isBlank())
                .toList();
        String padding = padding(folder);
        try {
            return new ClipTokenizer(new BytePairs(vocabulary, merges, END), padding);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    folder + ": expected CLIP's vocab.json and merges.txt, found others: " + e.getMessage(), e);
        }
    }

    @Override
    public TokenIds encode(String text, int maxLength) {
        TokenIds.checkLength(maxLength);
        String plain = Normalizer.normalize(PlainText.of(text), Normalizer.Form.NFC);
        String lower = PlainText.lower(plain);
        String shown = lower.length() == plain.length() ? plain : lower;
        Ids found = new Ids(new ArrayList<>(), new ArrayList<>());
        Matcher names = special.matcher(lower);
        int from = 0;
        while (names.find()) {
            addWords(lower, from, names.start(), found);
            found.add(pairs.id(names.group()), names.start());
            from = names.end();
        }
        addWords(lower, from, lower.length(), found);
        int kept = Math.min(found.ids().size(), maxLength - 2);
        long[] ids = new long[kept + 2];
        ids[0] = pairs.id(START);
        for (int i = 0; i < kept; i++) {
            ids[i + 1] = found.ids().get(i);
        }
        ids[kept + 1] = pairs.id(END);
        String cut = kept < found.ids().size() ? shown.substring(found.starts().get(kept)) : null;
        return TokenIds.padded(ids, maxLength, pairs.id(padding), cut);
    }

    /** Does nothing: all of it is in Java. */
    @Override
    public void close() {}

    private void addWords(String text, int from, int to, Ids found) {
        Matcher words = WORD.matcher(text).region(from, to);
        while (words.find()) {
            byte[] utf8 = words.group().getBytes(StandardCharsets.UTF_8);
            for (BytePairs.Piece piece : pairs.cut(words.group())) {
                int before = new String(utf8, 0, piece.start(), StandardCharsets.UTF_8).length();
                found.add(
                        piece.id(),
                        words.start() + Math.min(before, words.group().length()));
            }
        }
    }

    private static String padding(Path folder) {
        for (String name : SETTINGS) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                JsonNode token = json(file).path("pad_token");
                String text = token.isObject() ? token.path("content").asText("") : token.asText("");
                if (!text.isEmpty()) {
                    return text;
                }
            }
        }
        return END;
    }

    private static JsonNode json(Path file) {
        try {
            return StrictJson.parse(text(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": not valid JSON; download it again", e);
        }
    }

    private static String text(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(
                    file + ": no such file; a checkpoint with a CLIP text encoder has it in its tokenizer folder");
        }
        try {
            return SmallFile.text(file, MAX_FILE);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
