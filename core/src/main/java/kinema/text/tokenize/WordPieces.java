package kinema.text.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import kinema.files.StrictJson;

/** BERT's vocabulary: beginnings of words, and under names that begin with ## what words go on with. Immutable. */
final class WordPieces {
    /** Takes the pieces of a word, in order. */
    interface Sink {
        /**
         * One piece.
         *
         * @param id its number
         * @param start its first char in the word
         */
        void piece(int id, int start);
    }

    private static final String CONTINUED = "##";
    private static final int MAX_WORD = 100; // longer ones are unknown
    private static final int MAX_PIECES = 1_000_000;
    private static final List<String> NEEDED = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]");

    /** What {@code tokenizer.json} must say for texts to be cut as they are here. */
    private static final Map<String, String> SETTINGS = Map.of(
            "/model/type", "WordPiece",
            "/model/unk_token", "[UNK]",
            "/model/continuing_subword_prefix", CONTINUED,
            "/normalizer/type", "BertNormalizer",
            "/normalizer/clean_text", "true",
            "/normalizer/handle_chinese_chars", "true",
            "/normalizer/strip_accents", "null",
            "/normalizer/lowercase", "true",
            "/pre_tokenizer/type", "BertPreTokenizer");

    private final Map<String, Integer> ids = new HashMap<>();
    private final List<String> special = new ArrayList<>();

    private WordPieces() {}

    /**
     * Reads a {@code tokenizer.json}.
     *
     * @throws IllegalArgumentException for what it says that BERT's does not
     */
    static WordPieces of(JsonNode root) {
        new TreeMap<>(SETTINGS).forEach((path, expected) -> {
            String found = root.at(path).asText();
            if (!found.equals(expected)) {
                throw new IllegalArgumentException("'" + path.substring(1) + "' must be " + expected + ", found "
                        + (found.isEmpty() ? "nothing" : found));
            }
        });
        WordPieces pieces = new WordPieces();
        pieces.readVocabulary(root.at("/model/vocab"));
        pieces.readSpecial(root.path("added_tokens"));
        return pieces;
    }

    /** The names that stand for their ids wherever they occur. */
    List<String> special() {
        return special;
    }

    /** The id of a name or piece that is in the vocabulary. */
    int id(String piece) {
        Integer id = ids.get(piece);
        if (id == null) {
            throw new IllegalArgumentException("'" + piece + "' is not in the vocabulary");
        }
        return id;
    }

    /** What every text begins with. */
    int begin() {
        return id("[CLS]");
    }

    /** What every text ends with. */
    int end() {
        return id("[SEP]");
    }

    /** Cuts a word into the longest pieces, from its front on; one unknown piece where that is not possible. */
    void cut(String word, Sink sink) {
        List<Integer> found = new ArrayList<>();
        List<Integer> starts = new ArrayList<>();
        int from = word.codePointCount(0, word.length()) > MAX_WORD ? -1 : 0;
        while (from >= 0 && from < word.length()) {
            int to = word.length();
            Integer id = null;
            while (to > from && id == null) {
                id = ids.get((from == 0 ? "" : CONTINUED) + word.substring(from, to));
                to -= id == null ? Character.charCount(word.codePointBefore(to)) : 0;
            }
            if (id != null) {
                found.add(id);
                starts.add(from);
            }
            from = id == null ? -1 : to;
        }
        if (from < 0) {
            sink.piece(id("[UNK]"), 0);
            return;
        }
        for (int i = 0; i < found.size(); i++) {
            sink.piece(found.get(i), starts.get(i));
        }
    }

    private void readVocabulary(JsonNode vocabulary) {
        if (vocabulary.size() > MAX_PIECES) {
            throw new IllegalArgumentException("more than " + MAX_PIECES + " pieces");
        }
        boolean[] taken = new boolean[vocabulary.size()];
        for (Map.Entry<String, JsonNode> piece : vocabulary.properties()) {
            OptionalLong id = StrictJson.whole(piece.getValue());
            if (id.isEmpty() || id.getAsLong() < 0 || id.getAsLong() >= taken.length || taken[(int) id.getAsLong()]) {
                throw new IllegalArgumentException(
                        "the id of '" + piece.getKey() + "' must be a number of its own from 0 to " + (taken.length - 1)
                                + ", found " + piece.getValue());
            }
            taken[(int) id.getAsLong()] = true;
            ids.put(piece.getKey(), (int) id.getAsLong());
        }
        NEEDED.forEach(this::id);
        if (id("[PAD]") != TokenIds.PAD) {
            throw new IllegalArgumentException("'[PAD]' must be " + TokenIds.PAD + ", found " + id("[PAD]"));
        }
    }

    private void readSpecial(JsonNode tokens) {
        for (JsonNode token : tokens) {
            String name = token.path("content").asText();
            OptionalLong stated = StrictJson.whole(token.path("id"));
            if (stated.isEmpty() || stated.getAsLong() != id(name)) {
                throw new IllegalArgumentException(
                        "'" + name + "' of added_tokens must be " + id(name) + ", found " + token.path("id"));
            }
            special.add(name);
        }
        if (!special.containsAll(NEEDED)) {
            throw new IllegalArgumentException("added_tokens must have " + NEEDED + ", found " + special);
        }
    }
}
