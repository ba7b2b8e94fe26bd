package kinema.text.tokenize;

import java.util.Arrays;

/**
 * Byte sequences with a number each, for walks from byte to byte: {@code node = child(node, b)}, from {@link #ROOT} on.
 *
 * <p>A node's children are found by hashing node and byte, in one table for all nodes. Not to be changed once it is shared.
 */
final class PieceTrie {
    static final int ROOT = 0;

    /** No child, or no number. */
    static final int NONE = -1;

    private static final int START = 1 << 10;
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L; // 2^64 over the golden ratio spreads consecutive keys

    private long[] keys = new long[START]; // 0 is free: the root is nobody's child
    private int[] children = new int[START];
    private int[] values = new int[START / 2]; // by node
    private int nodes = 1;

    PieceTrie() {
        values[ROOT] = NONE;
    }

    /**
     * Adds a sequence.
     *
     * @return the number it had before; {@link #NONE} where it is new
     */
    int put(byte[] sequence, int value) {
        int node = ROOT;
        for (byte b : sequence) {
            node = childOrNew(node, b & 0xff);
        }
        int before = values[node];
        values[node] = value;
        return before;
    }

    /** The node that a byte leads to; {@link #NONE} where no sequence goes on so. */
    int child(int node, int b) {
        int slot = slot(keys, key(node, b));
        return keys[slot] == 0 ? NONE : children[slot];
    }

    /** The number of the sequence that ends at a node; {@link #NONE} where none does. */
    int value(int node) {
        return values[node];
    }

    /** The number of a whole sequence; {@link #NONE} for one that was not added. */
    int find(byte[] text, int from, int to) {
        int node = ROOT;
        for (int i = from; i < to && node != NONE; i++) {
            node = child(node, text[i] & 0xff);
        }
        return node == NONE ? NONE : value(node);
    }

    private int childOrNew(int node, int b) {
        long key = key(node, b);
        int slot = slot(keys, key);
        if (keys[slot] != 0) {
            return children[slot];
        }
        int made = nodes++;
        keys[slot] = key;
        children[slot] = made;
        if (made == values.length) {
            grow();
        }
        values[made] = NONE;
        return made;
    }

    /** The table stays half empty, so that a search ends soon. */
    private void grow() {
        values = Arrays.copyOf(values, 2 * values.length);
        long[] wider = new long[2 * keys.length];
        int[] moved = new int[wider.length];
        for (int i = 0; i < keys.length; i++) {
            if (keys[i] != 0) {
                int slot = slot(wider, keys[i]);
                wider[slot] = keys[i];
                moved[slot] = children[i];
            }
        }
        keys = wider;
        children = moved;
    }

    private static long key(int node, int b) {
        return ((long) node << Byte.SIZE | b) + 1;
    }

    private static int slot(long[] keys, long key) {
        int mask = keys.length - 1;
        int slot = (int) ((key * MIX) >>> 32) & mask;
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
