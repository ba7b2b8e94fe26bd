package kinema.text.tokenize;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * The rules by which a SentencePiece model rewrites characters, as its file holds them: a double array (Aoe, 1989) of the
 * sequences that are rewritten, in 32-bit units, then the texts they become, each up to a zero byte.
 *
 * <p>A unit tells by which byte it was come to (its label), whether a sequence ends here, and where its children are:
 * child {@code b} at {@code base ^ b}. Where a sequence ends, the unit at {@code base} itself holds the text's place.
 * All of that is checked when the map is made, so a lookup needs no further checks. Immutable.
 *
 * @see <a href="https://linux.thai.net/~thep/datrie/">double-array tries</a>
 */
final class CharsMap {
    /** No sequence is rewritten. */
    static final CharsMap NONE = new CharsMap(new int[0], new byte[0]);

    private static final int LABEL = 0x8000_00ff; // of a unit with a text's place the top bit is set
    private static final int MOST_PREFIXES = 32; // of a text that SentencePiece considers

    private final int[] units;
    private final byte[] texts;

    private CharsMap(int[] units, byte[] texts) {
        this.units = units;
        this.texts = texts;
    }

    /**
     * Reads and checks the bytes of a model file.
     *
     * @param bytes none for a model that rewrites nothing
     * @throws IOException when they are no such map
     */
    static CharsMap of(byte[] bytes) throws IOException {
        if (bytes.length == 0) {
            return NONE;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int size = bytes.length < Integer.BYTES ? -1 : in.getInt();
        if (size < Integer.BYTES || size % Integer.BYTES != 0 || size >= in.remaining()) {
            throw new IOException(
                    "its character map of " + bytes.length + " bytes says that " + size + " of them are its table");
        }
        int[] units = new int[size / Integer.BYTES];
        in.asIntBuffer().get(units);
        byte[] texts = new byte[bytes.length - Integer.BYTES - size];
        in.position(Integer.BYTES + size).get(texts);
        CharsMap map = new CharsMap(units, texts);
        map.check();
        return map;
    }

    /** Whether it rewrites nothing. */
    boolean isEmpty() {
        return units.length == 0;
    }

    /** The texts that {@link #place} points into. */
    byte[] texts() {
        return texts;
    }

    /**
     * Finds the longest sequence that is rewritten at a place of a text.
     *
     * @return its length in the upper half, where its new text starts in {@link #texts} in the lower; 0 for none
     */
    long find(byte[] text, int at) {
        long found = 0;
        int prefixes = 0;
        int base = isEmpty() ? 0 : base(0);
        for (int i = at; i < text.length && !isEmpty(); i++) {
            int b = text[i] & 0xff;
            int unit = base ^ b;
            if ((units[unit] & LABEL) != b) {
                break;
            }
            base = base(unit);
            if (ends(unit)) {
                found = (long) (i + 1 - at) << Integer.SIZE | place(base);
                if (++prefixes == MOST_PREFIXES) {
                    break;
                }
            }
        }
        return found;
    }

    /** Where the text that starts here ends. */
    int end(int start) {
        int end = start;
        while (texts[end] != 0) {
            end++;
        }
        return end;
    }

    private int base(int unit) {
        int u = units[unit];
        return unit ^ (u >>> 10) << ((u & 1 << 9) >>> 6);
    }

    private boolean ends(int unit) {
        return (units[unit] >>> 8 & 1) != 0;
    }

    private int place(int base) {
        return units[base] & Integer.MAX_VALUE;
    }

    /** Goes through all units that a lookup can come to: their children are within the table, their texts within the texts. */
    private void check() throws IOException {
        if (texts[texts.length - 1] != 0) {
            throw new IOException("the texts of its character map do not end");
        }
        BitSet seen = new BitSet(units.length);
        Deque<Integer> open = new ArrayDeque<>();
        open.push(0);
        while (!open.isEmpty()) {
            int unit = open.pop();
            int base = base(unit);
            boolean within = base >= 0 && (base | 0xff) < units.length;
            if (!within || (ends(unit) && place(base) >= texts.length)) {
                throw new IOException("unit " + unit + " of its character map is damaged");
            }
            for (int b = 1; b <= 0xff; b++) {
                int child = base ^ b;
                if ((units[child] & LABEL) == b && !seen.get(child)) { // equal ends of sequences are stored once
                    seen.set(child);
                    open.push(child);
                }
            }
        }
    }
}
