package kinema.text.tokenize;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kinema.files.SmallFile;
import kinema.files.StrictJson;

/**
 * BERT's tokenizer: a WordPiece vocabulary in a published {@code tokenizer.json}. Lower-cased, between {@code [CLS]} and
 * {@code [SEP]}, padded with {@code [PAD]} = 0; these names stand for their ids wherever they occur in the text. The file's
 * own length limit is not used. All in Java, so no file can do harm.
 *
 * @see <a href="https://arxiv.org/abs/1810.04805">BERT, section 3</a>
 */
public final class WordPieceTokenizer implements Tokenizer {
    private static final int MAX_FILE = 32 << 20;

    private final WordPieces vocabulary;
    private final Pattern special;

    /** Ids, with the char of the text that each begins at. */
    private record Ids(List<Integer> ids, List<Integer> starts) {
        Ids() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(int id, int start) {
            ids.add(id);
            starts.add(start);
        }
    }

    private WordPieceTokenizer(WordPieces vocabulary) {
        this.vocabulary = vocabulary;
        special = Pattern.compile(String.join(
                "|", vocabulary.special().stream().map(Pattern::quote).toList()));
    }

    /**
     * Opens a tokenizer file.
     *
     * @param file such as {@code tokenizer/tokenizer.json}
     * @throws IllegalArgumentException when it is missing, damaged or not BERT's kind
     */
    public static WordPieceTokenizer open(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(
                    file + ": no such file; a checkpoint with a BERT text encoder has it in its tokenizer folder");
        }
        try {
            return open(file.toString(), SmallFile.text(file, MAX_FILE));
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Opens MiniLM's tokenizer from the class path.
     *
     * @throws IllegalStateException when its Maven artifact is not there
     */
    public static WordPieceTokenizer miniLm() {
        try (InputStream in = MiniLmFiles.tokenizer()) {
            String json = new String(in.readNBytes(MAX_FILE), StandardCharsets.UTF_8);
            return open("all-minilm-l6-v2-tokenizer.json", json);
        } catch (IOException e) {
            throw new IllegalStateException("MiniLM's tokenizer cannot be read: " + e.getMessage(), e);
        }
    }

    @Override
    public TokenIds encode(String text, int maxLength) {
        TokenIds.checkLength(maxLength);
        Ids found = new Ids();
        Matcher names = special.matcher(text);
        int from = 0;
        while (names.find()) {
            addWords(text, from, names.start(), found);
            found.add(vocabulary.id(names.group()), names.start());
            from = names.end();
        }
        addWords(text, from, text.length(), found);
        int kept = Math.min(found.ids().size(), maxLength - 2);
        long[] ids = new long[kept + 2];
        Arrays.setAll(
                ids,
                i -> i == 0
                        ? vocabulary.begin()
                        : i > kept ? vocabulary.end() : found.ids().get(i - 1));
        String cut = kept < found.ids().size() ? text.substring(found.starts().get(kept)) : null;
        return TokenIds.padded(ids, maxLength, cut);
    }

    /** Does nothing: all of it is in Java. */
    @Override
    public void close() {}

    private void addWords(String text, int from, int to, Ids found) {
        for (BertText.Word word : BertText.words(text, from, to)) {
            vocabulary.cut(word.text(), (id, start) -> found.add(id, word.starts()[start]));
        }
    }

    private static WordPieceTokenizer open(String name, String json) {
        try {
            JsonNode root = StrictJson.parse(json);
            return new WordPieceTokenizer(WordPieces.of(root));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    name + ": not a tokenizer.json (" + e.getOriginalMessage() + "); download it again", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    name + ": expected BERT's WordPiece tokenizer, found another: " + e.getMessage(), e);
        }
    }
}
