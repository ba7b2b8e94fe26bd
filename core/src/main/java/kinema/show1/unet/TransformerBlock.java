package kinema.show1.unet;

import kinema.nn.Attention;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Self-attention, a second attention, a gated feed-forward network, each on normed input and added to it.
 *
 * <p>Axes: N sequences, S tokens, D width, L text tokens, X their width, M hidden width. Immutable; safe to share between
 * threads.
 *
 * @see <a href="https://arxiv.org/abs/2002.05202">GLU variants, section 2: the gated feed-forward network</a>
 */
final class TransformerBlock {
    private static final double EPS = 1e-5;
    private static final long HIDDEN = 4; // times the width

    private final LayerNorm norm1;
    private final Attention attention1;
    private final LayerNorm norm2;
    private final Attention attention2;
    private final LayerNorm norm3;
    private final Linear gated;
    private final Linear down;

    /** A block whose second attention asks tokens of width {@code context}. */
    TransformerBlock(Weights w, long width, long context, long heads) {
        norm1 = new LayerNorm(w.at("norm1"), width, EPS);
        attention1 = new Attention(w.at("attn1"), Attention.Shape.self(width, heads));
        norm2 = new LayerNorm(w.at("norm2"), width, EPS);
        attention2 = new Attention(w.at("attn2"), new Attention.Shape(width, context, heads, false));
        norm3 = new LayerNorm(w.at("norm3"), width, EPS);
        gated = new Linear(w.at("ff.net.0.proj"), width, 2 * HIDDEN * width);
        down = new Linear(w.at("ff.net.2"), HIDDEN * width, width);
    }

    /**
     * Applies the block.
     *
     * @param x (N, S, D)
     * @param text (N, L, X) what the second attention asks; null where the tokens ask one another again
     * @return (N, S, D)
     */
    Tensor forward(Tensor x, @Nullable Tensor text) {
        return Scopes.keep(() -> {
            Tensor a = Scopes.keep(() -> {
                Tensor normed = norm1.forward(x); // (N, S, D)
                return x.add(attention1.forward(normed, normed)); // (N, S, D)
            });
            Tensor b = Scopes.keep(() -> {
                Tensor normed = norm2.forward(a); // (N, S, D)
                return a.add(attention2.forward(normed, text == null ? normed : text)); // (N, S, D)
            });
            a.close();
            return b.add(feed(norm3.forward(b))); // (N, S, D)
        });
    }

    private Tensor feed(Tensor x) {
        return Scopes.keep(() -> {
            TensorVector halves = gated.forward(x).chunk(2, -1); // 2 × (N, S, M)
            return down.forward(halves.get(0).mul(torch.gelu(halves.get(1)))); // (N, S, D)
        });
    }
}
