package kinema.text.tokenize;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Brings texts into the form that a SentencePiece vocabulary was made for: characters rewritten, spaces at the ends removed
 * and others joined, one space in front, and spaces written as {@value #SPACE}. Immutable.
 *
 * @see <a href="https://arxiv.org/abs/1808.06226">SentencePiece, section 3.4 and 3.5</a>
 */
final class PieceNormalizer {
    /** How a space is written in pieces. */
    static final String SPACE = "\u2581";

    private final SentencePieceModel.Rules rules;
    private final PieceTrie kept; // symbols that users defined, which stay as they are
    private final byte[] space;

    PieceNormalizer(SentencePieceModel model) {
        rules = model.rules();
        kept = new PieceTrie();
        for (int id : model.ids(Piece.Type.USER_DEFINED)) {
            kept.put(model.pieces().get(id).text(), id);
        }
        space = (rules.escapeSpaces() ? SPACE : " ").getBytes(StandardCharsets.UTF_8);
    }

    /** The normalised text in UTF-8. */
    byte[] normalize(String text) {
        Reading in = new Reading(text.getBytes(StandardCharsets.UTF_8));
        boolean more = in.next();
        while (rules.removeSpaces() && more && in.isSpace()) {
            more = in.next();
        }
        if (!more) {
            return new byte[0];
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.text.length + space.length);
        if (rules.dummyPrefix() && !rules.suffix()) {
            out.writeBytes(space);
        }
        boolean afterSpace = rules.removeSpaces();
        for (; more; more = in.next()) {
            afterSpace = write(in, afterSpace, out) && rules.removeSpaces();
        }
        byte[] normal = rules.removeSpaces() ? withoutSpacesAtTheEnd(out.toByteArray()) : out.toByteArray();
        return rules.dummyPrefix() && rules.suffix() ? withSpace(normal) : normal;
    }

    /** Writes what the next characters became; true when it ends with a space. */
    private boolean write(Reading in, boolean afterSpace, ByteArrayOutputStream out) {
        int from = in.from;
        while (afterSpace && from < in.to && in.source[from] == ' ') {
            from++;
        }
        for (int i = from; i < in.to; i++) {
            if (in.source[i] == ' ') {
                out.writeBytes(space);
            } else {
                out.write(in.source[i]);
            }
        }
        return from < in.to ? in.source[in.to - 1] == ' ' : afterSpace;
    }

    private byte[] withoutSpacesAtTheEnd(byte[] text) {
        int length = text.length;
        while (endsWithSpace(text, length)) {
            length -= space.length;
        }
        return Arrays.copyOf(text, length);
    }

    private boolean endsWithSpace(byte[] text, int length) {
        int from = length - space.length;
        return from >= 0 && Arrays.equals(text, from, length, space, 0, space.length);
    }

    private byte[] withSpace(byte[] text) {
        byte[] longer = Arrays.copyOf(text, text.length + space.length);
        System.arraycopy(space, 0, longer, text.length, space.length);
        return longer;
    }

    /** A text while it is read; what its next characters become lies in {@code source}, from {@code from} to {@code to}. */
    private final class Reading {
        private final byte[] text;
        private int at;
        private byte[] source = {};
        private int from;
        private int to;

        Reading(byte[] text) {
            this.text = text;
        }

        /** Goes on by one character, or by the longest sequence that is rewritten or stays; false at the end. */
        boolean next() {
            if (at == text.length) {
                return false;
            }
            int symbol = keptLength();
            long rewritten = symbol > 0 ? 0 : rules.map().find(text, at);
            if (rewritten == 0) {
                source = text;
                from = at;
                at += symbol > 0 ? symbol : Utf8.length(text, at);
                to = at;
            } else {
                source = rules.map().texts();
                from = (int) rewritten;
                to = rules.map().end(from);
                at += (int) (rewritten >>> Integer.SIZE);
            }
            return true;
        }

        boolean isSpace() {
            return to - from == 1 && source[from] == ' ';
        }

        private int keptLength() {
            int node = PieceTrie.ROOT;
            int length = 0;
            for (int i = at; i < text.length; i++) {
                node = kept.child(node, text[i] & 0xff);
                if (node == PieceTrie.NONE) {
                    break;
                }
                length = kept.value(node) == PieceTrie.NONE ? length : i + 1 - at;
            }
            return length;
        }
    }
}
