package kinema.nn;

import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention with several heads, under the names {@code to_q}, {@code to_k}, {@code to_v} and {@code to_out.0}.
 *
 * <p>Axes: B batch, S tokens that ask, T tokens that are asked, D width, H heads, K = D / H. Immutable; safe to share
 * between threads.
 *
 * @see <a href="https://arxiv.org/abs/1706.03762">Attention is all you need, section 3.2</a>
 */
public final class Attention {
    /**
     * Sizes of an attention.
     *
     * @param width D
     * @param context width of the tokens that are asked
     * @param heads H
     * @param bias whether queries, keys and values have one
     */
    public record Shape(long width, long context, long heads, boolean bias) {
        /** Checks that the heads share the width evenly. */
        public Shape {
            if (heads < 1 || width % heads != 0) {
                throw new IllegalArgumentException(
                        "an attention of width " + width + " cannot have " + heads + " heads of one size");
            }
        }

        /** Of tokens that ask one another, without bias. */
        public static Shape self(long width, long heads) {
            return new Shape(width, width, heads, false);
        }
    }

    private final long heads;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;
    private final Linear toOut;

    /** An attention over a tree with the published keys. */
    public Attention(Weights w, Shape shape) {
        heads = shape.heads();
        toQ = map(w.at("to_q"), shape.width(), shape);
        toK = map(w.at("to_k"), shape.context(), shape);
        toV = map(w.at("to_v"), shape.context(), shape);
        toOut = new Linear(w.at("to_out.0"), shape.width(), shape.width());
    }

    /**
     * Attends.
     *
     * @param x (B, S, D)
     * @param context (B, T, context); {@code x} itself where tokens ask one another
     * @return (B, S, D)
     */
    public Tensor forward(Tensor x, Tensor context) {
        return Scopes.keep(() -> {
            Tensor y = attend(toQ.forward(x), toK.forward(context), toV.forward(context), heads); // (B, S, D)
            return toOut.forward(y); // (B, S, D)
        });
    }

    /**
     * Attention of queries, keys and values whose width is that of all heads together.
     *
     * @param q (B, S, D)
     * @param k (B, T, D)
     * @param v (B, T, D)
     * @return (B, S, D)
     */
    public static Tensor attend(Tensor q, Tensor k, Tensor v, long heads) {
        return attend(q, k, v, heads, false);
    }

    /**
     * As {@link #attend} where a token asks those before it and itself alone.
     *
     * @param q (B, S, D)
     * @param k (B, S, D)
     * @param v (B, S, D)
     * @return (B, S, D)
     */
    public static Tensor attendBack(Tensor q, Tensor k, Tensor v, long heads) {
        return attend(q, k, v, heads, true);
    }

    private static Tensor attend(Tensor q, Tensor k, Tensor v, long heads, boolean back) {
        return Scopes.keep(() -> {
            Tensor y = back
                    ? Kernels.attentionBack(split(q, heads), split(k, heads), split(v, heads))
                    : Kernels.attention(split(q, heads), split(k, heads), split(v, heads)); // (B, H, S, K)
            return y.transpose(1, 2).flatten(2, -1); // (B, S, D)
        });
    }

    private static Tensor split(Tensor x, long heads) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2); // (B, H, S, K)
    }

    private static Linear map(Weights w, long in, Shape shape) {
        return shape.bias() ? new Linear(w, in, shape.width()) : Linear.withoutBias(w, in, shape.width());
    }
}
