package kinema.text.tokenize;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Byte-pair encoding: beginning with single characters, the neighbours whose joint piece has the best score are merged,
 * again and again, the left one of equals first.
 *
 * @see <a href="https://arxiv.org/abs/1508.07909">Subword units, section 3.2</a>
 */
final class MergeSegmenter implements Segmenter {
    private final List<Piece> pieces;
    private final PieceTrie trie = new PieceTrie();
    private final PieceTrie whole = new PieceTrie(); // symbols that users defined, which are never merged
    private final int unknown;

    MergeSegmenter(SentencePieceModel model) {
        pieces = model.pieces();
        unknown = model.ids(Piece.Type.UNKNOWN).get(0);
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.isText()) {
                trie.put(piece.text(), id);
            }
            if (piece.type() == Piece.Type.USER_DEFINED) {
                whole.put(piece.text(), id);
            }
        }
    }

    /** Two neighbours that could be merged, by the places where the left one begins and the right one ends. */
    private record Pair(int left, int right, int end, float score) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            int better = Float.compare(other.score, score);
            return better != 0 ? better : Integer.compare(left, other.left);
        }
    }

    /** One text while it is merged; a symbol goes by the place where it begins. */
    private final class Merging {
        private final byte[] text;
        private final int[] end; // of the symbol that begins here; 0 where none does
        private final int[] before; // where the symbol begins that ends here
        private final boolean[] fixed;
        private final PriorityQueue<Pair> pairs = new PriorityQueue<>();
        private final Map<Integer, Integer> halves = new HashMap<>(); // of an unused piece: length of its left half

        Merging(byte[] text) {
            this.text = text;
            end = new int[text.length + 1];
            before = new int[text.length + 1];
            fixed = new boolean[text.length];
            for (int at = 0; at < text.length; at = end[at]) {
                int symbol = symbolLength(text, at);
                fixed[at] = symbol > 0;
                end[at] = at + (symbol > 0 ? symbol : Utf8.length(text, at));
                before[end[at]] = at;
            }
        }

        void run() {
            for (int at = 0; at < text.length; at = end[at]) {
                offer(at);
            }
            while (!pairs.isEmpty()) {
                Pair best = pairs.remove();
                // One of the two may have been merged with another meanwhile.
                if (end[best.left] == best.right && best.right < text.length && end[best.right] == best.end) {
                    merge(best);
                }
            }
        }

        private void merge(Pair pair) {
            end[pair.right] = 0;
            end[pair.left] = pair.end;
            before[pair.end] = pair.left;
            if (pair.left > 0) {
                offer(before[pair.left]);
            }
            offer(pair.left);
        }

        /** Considers a symbol and the one after it. */
        private void offer(int left) {
            int right = end[left];
            if (right == text.length || fixed[left] || fixed[right]) {
                return;
            }
            int id = trie.find(text, left, end[right]);
            if (id != PieceTrie.NONE) {
                pairs.add(new Pair(left, right, end[right], pieces.get(id).score()));
                if (isUnused(id)) {
                    halves.put(id, right - left);
                }
            }
        }

        /** Gives out what the symbols became; unused pieces are undone to those they were merged from. */
        void giveOut(Sink sink) {
            Deque<Long> open = new ArrayDeque<>();
            for (int at = 0; at < text.length; at = end[at]) {
                open.push(span(at, end[at]));
                while (!open.isEmpty()) {
                    long span = open.pop();
                    int from = (int) (span >>> Integer.SIZE);
                    int to = (int) span;
                    int id = trie.find(text, from, to);
                    Integer half = halves.get(id);
                    if (half == null) {
                        sink.piece(id == PieceTrie.NONE ? unknown : id, from, to);
                    } else {
                        open.push(span(from + half, to));
                        open.push(span(from, from + half));
                    }
                }
            }
        }
    }

    @Override
    public void segment(byte[] text, Sink sink) {
        Merging merging = new Merging(text);
        merging.run();
        merging.giveOut(sink);
    }

    private boolean isUnused(int id) {
        return pieces.get(id).type() == Piece.Type.UNUSED;
    }

    private int symbolLength(byte[] text, int at) {
        int node = PieceTrie.ROOT;
        int length = 0;
        for (int i = at; i < text.length; i++) {
            node = whole.child(node, text[i] & 0xff);
            if (node == PieceTrie.NONE) {
                break;
            }
            length = whole.value(node) == PieceTrie.NONE ? length : i + 1 - at;
        }
        return length;
    }

    private static long span(int from, int to) {
        return (long) from << Integer.SIZE | to;
    }
}
