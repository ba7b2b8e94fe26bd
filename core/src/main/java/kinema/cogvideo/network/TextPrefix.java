package kinema.cogvideo.network;

import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * The texts in front of a batch of sequences, which may be of different lengths. Close it.
 *
 * <p>Axes: B sequences, L tokens of the longest text.
 */
public final class TextPrefix implements AutoCloseable {
    /**
     * A text in front of a sequence.
     *
     * @param ids its tokens, at least one
     * @param weight is added to the scores of every text token when frames are generated; 0 for none
     */
    public record Text(long[] ids, double weight) {
        /** Checks that there is text. */
        public Text {
            if (ids.length == 0) {
                throw new IllegalArgumentException("a sequence needs at least one token of text");
            }
        }
    }

    private final Tensor ids; // (B, L)
    private final Tensor present; // (B, 1, 1, L), 0 or minus infinity
    private final Tensor weighted; // (B, 1, 1, L), the weight or minus infinity

    /** The texts of a batch, one for each sequence. */
    public TextPrefix(List<Text> texts) {
        int batch = texts.size();
        int length = texts.stream().mapToInt(text -> text.ids.length).max().orElse(0);
        long[] all = new long[batch * length];
        float[] there = new float[all.length];
        float[] weight = new float[all.length];
        for (int i = 0; i < all.length; i++) {
            Text text = texts.get(i / length);
            int token = i % length;
            boolean inside = token < text.ids.length;
            all[i] = inside ? text.ids[token] : 0;
            there[i] = inside ? 0 : Float.NEGATIVE_INFINITY;
            weight[i] = inside ? (float) text.weight : Float.NEGATIVE_INFINITY;
        }
        ids = Scopes.own(Tensors.of(all, batch, length));
        present = Scopes.own(Tensors.of(there, batch, 1, 1, length));
        weighted = Scopes.own(Tensors.of(weight, batch, 1, 1, length));
    }

    /** Number of sequences, B. */
    public long batch() {
        return ids.size(0);
    }

    /** Tokens of the longest text, L. */
    public long length() {
        return ids.size(1);
    }

    Tensor ids() {
        return ids;
    }

    /** To be added to scores: nothing, but for padding. */
    Tensor present() {
        return present;
    }

    /** To be added to scores: each text's weight. */
    Tensor weighted() {
        return weighted;
    }

    @Override
    public void close() {
        Scopes.free(ids);
        Scopes.free(present);
        Scopes.free(weighted);
    }
}
