package kinema.text.tokenize;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import kinema.files.StrictJson;

/**
 * A vocabulary of byte pairs: a word's bytes are joined pair by pair, the pairs that were learnt first before the others. A
 * byte is written as a printable character, and a word's last piece ends with {@value #WORD_END}.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Byte pair encoding, section 3.2</a>
 */
final class BytePairs {
    private static final String WORD_END = "</w>";
    private static final String[] BYTES = bytes();

    private final Map<String, Long> ids = new HashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>(); // of "left right"
    private final long unknown;

    /** A piece of a word: its id, and how many bytes of the word come before it. */
    record Piece(long id, int start) {}

    /**
     * A vocabulary.
     *
     * @param vocabulary an object of ids by piece
     * @param merges pairs, "left right", first learnt first
     * @param unknown the piece that stands for those the vocabulary has not
     * @throws IllegalArgumentException for an id that is no whole number, or a pair whose parts the vocabulary has not
     */
    BytePairs(JsonNode vocabulary, List<String> merges, String unknown) {
        for (Map.Entry<String, JsonNode> entry : vocabulary.properties()) {
            OptionalLong id = StrictJson.whole(entry.getValue());
            if (id.isEmpty() || id.getAsLong() < 0 || id.getAsLong() > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("'" + entry.getKey() + "' has no id but " + entry.getValue());
            }
            ids.put(entry.getKey(), id.getAsLong());
        }
        for (String merge : merges) {
            String[] pair = merge.split(" ", -1);
            if (pair.length != 2
                    || !ids.containsKey(pair[0])
                    || !ids.containsKey(pair[1])
                    || !ids.containsKey(pair[0] + pair[1])) {
                throw new IllegalArgumentException("the vocabulary does not know the pair '" + merge + "'");
            }
            ranks.putIfAbsent(merge, ranks.size());
        }
        this.unknown = id(unknown);
    }

    /**
     * The id of a piece.
     *
     * @throws IllegalArgumentException when there is no such piece
     */
    long id(String piece) {
        Long id = ids.get(piece);
        if (id == null) {
            throw new IllegalArgumentException("the vocabulary has no '" + piece + "'");
        }
        return id;
    }

    /** The pieces of a word, which is not empty. */
    List<Piece> cut(String word) {
        byte[] utf8 = word.getBytes(StandardCharsets.UTF_8);
        List<String> parts = new ArrayList<>();
        for (byte b : utf8) {
            parts.add(BYTES[b & 0xff]);
        }
        int last = parts.size() - 1;
        parts.set(last, parts.get(last) + WORD_END);
        for (String pair = first(parts); !pair.isEmpty(); pair = first(parts)) {
            join(parts, pair);
        }
        List<Piece> pieces = new ArrayList<>();
        int start = 0;
        for (String part : parts) {
            pieces.add(new Piece(ids.getOrDefault(part, unknown), start));
            start += part.replace(WORD_END, "").length(); // one character a byte
        }
        return pieces;
    }

    /** The pair beside one another that was learnt first; empty where none was. */
    private String first(List<String> parts) {
        String best = "";
        int rank = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < parts.size(); i++) {
            String pair = parts.get(i) + " " + parts.get(i + 1);
            int here = ranks.getOrDefault(pair, Integer.MAX_VALUE);
            if (here < rank) {
                rank = here;
                best = pair;
            }
        }
        return best;
    }

    private static void join(List<String> parts, String pair) {
        for (int i = 0; i + 1 < parts.size(); i++) {
            if (pair.equals(parts.get(i) + " " + parts.get(i + 1))) {
                parts.set(i, parts.get(i) + parts.remove(i + 1));
            }
        }
    }

    /** Printable Latin characters stand for themselves, the other bytes for characters from U+0100 on. */
    private static String[] bytes() {
        String[] bytes = new String[256];
        int next = 0x100;
        for (int b = 0; b < bytes.length; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            bytes[b] = Character.toString(printable ? b : next++);
        }
        return bytes;
    }
}
