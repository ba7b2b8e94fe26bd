package kinema.text.tokenize;

import java.util.Arrays;
import java.util.List;

/**
 * The likeliest way to cut a text into pieces whose probabilities are independent, by Viterbi's algorithm over its bytes.
 *
 * <p>Sums are kept in 32 bits and compared as SentencePiece does, so that of two ways that are nearly as likely the same
 * one is taken.
 *
 * @see <a href="https://arxiv.org/abs/1804.10959">Subword regularization, section 3.2</a>
 */
final class UnigramSegmenter implements Segmenter {
    private static final float UNKNOWN_PENALTY = 10;
    private static final double USER_DEFINED_BONUS = -0.1; // to the best score of as many bytes

    private final List<Piece> pieces;
    private final PieceTrie trie = new PieceTrie();
    private final int unknown;
    private final float unknownScore;
    private final float bestScore;

    UnigramSegmenter(SentencePieceModel model) {
        pieces = model.pieces();
        unknown = model.ids(Piece.Type.UNKNOWN).get(0);
        float least = Float.MAX_VALUE;
        float best = Float.MIN_NORMAL; // as in SentencePiece, though scores are below 0
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.isText()) {
                trie.put(piece.text(), id);
            }
            if (piece.type() == Piece.Type.NORMAL) {
                least = Math.min(least, piece.score());
                best = Math.max(best, piece.score());
            }
        }
        unknownScore = least - UNKNOWN_PENALTY;
        bestScore = best;
    }

    /** The best way to each place of a text: its score, and its last piece with the place where that begins. */
    private static final class Ways {
        private final float[] score;
        private final int[] start;
        private final int[] id;

        Ways(int places) {
            score = new float[places];
            start = new int[places];
            id = new int[places];
            Arrays.fill(start, -1);
        }

        /** Takes a way where it is the first or better. */
        void offer(int place, double sum, int from, int piece) {
            if (start[place] < 0 || sum > score[place]) {
                score[place] = (float) sum;
                start[place] = from;
                id[place] = piece;
            }
        }
    }

    @Override
    public void segment(byte[] text, Sink sink) {
        Ways ways = new Ways(text.length + 1);
        for (int from = 0; from < text.length; from += Utf8.length(text, from)) {
            extend(text, from, ways);
        }
        int[] ends = new int[text.length];
        int count = 0;
        for (int end = text.length; end > 0; end = ways.start[end]) {
            ends[count++] = end;
        }
        while (count > 0) {
            int end = ends[--count];
            sink.piece(ways.id[end], ways.start[end], end);
        }
    }

    /** Goes on from a place by every piece that begins there, and by an unknown character where no piece has that one alone. */
    private void extend(byte[] text, int from, Ways ways) {
        int character = from + Utf8.length(text, from);
        float sum = ways.score[from];
        boolean known = false;
        int node = PieceTrie.ROOT;
        for (int end = from + 1; end <= text.length; end++) {
            node = trie.child(node, text[end - 1] & 0xff);
            if (node == PieceTrie.NONE) {
                break;
            }
            int id = trie.value(node);
            if (id != PieceTrie.NONE && pieces.get(id).type() != Piece.Type.UNUSED) {
                ways.offer(end, score(id, end - from) + sum, from, id);
                known |= end == character;
            }
        }
        if (!known) {
            ways.offer(character, unknownScore + sum, from, unknown);
        }
    }

    private double score(int id, int length) {
        Piece piece = pieces.get(id);
        return piece.type() == Piece.Type.USER_DEFINED ? length * bestScore + USER_DEFINED_BONUS : piece.score();
    }
}
