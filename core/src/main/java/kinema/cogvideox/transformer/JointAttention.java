package kinema.cogvideox.transformer;

import kinema.nn.Kernels;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Full attention over one sequence of text tokens followed by video tokens; queries and keys are normalised per head.
 *
 * <p>Axes: B batch, S tokens (text, then video), D width, H heads, K = D / H. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2</a>
 */
public final class JointAttention {
    private static final double HEAD_NORM_EPS = 1e-6;

    private final long heads, headDim;
    private final Linear toQ, toK, toV, toOut;
    private final LayerNorm normQ, normK; // over K

    JointAttention(Weights w, TransformerConfig c) {
        heads = c.heads();
        headDim = c.headDim();
        long width = c.width();
        Init init = Init.xavier(width, width);
        toQ = Linear.zeroBias(w.at("to_q"), width, width, init);
        toK = Linear.zeroBias(w.at("to_k"), width, width, init);
        toV = Linear.zeroBias(w.at("to_v"), width, width, init);
        toOut = Linear.zeroBias(w.at("to_out.0"), width, width, init);
        normQ = new LayerNorm(w.at("norm_q"), headDim, HEAD_NORM_EPS);
        normK = new LayerNorm(w.at("norm_k"), headDim, HEAD_NORM_EPS);
    }

    /**
     * Attends.
     *
     * @param x (B, S, D)
     * @return (B, S, D)
     */
    Tensor forward(Tensor x, Positions positions) {
        return Scopes.keep(() -> {
            Tensor q = positions.rotate(normQ.forward(split(toQ.forward(x)))); // (B, S, H, K)
            Tensor k = positions.rotate(normK.forward(split(toK.forward(x)))); // (B, S, H, K)
            Tensor v = split(toV.forward(x)); // (B, S, H, K)
            Tensor y = positions.attend(q, k, v, JointAttention::attend); // (B, S, H, K)
            return toOut.forward(y.reshape(x.shape())); // (B, S, D)
        });
    }

    private static Tensor attend(Tensor q, Tensor k, Tensor v) {
        return Scopes.keep(
                () -> Kernels.attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)) // (B, H, S, K)
                        .transpose(1, 2)); // (B, S, H, K)
    }

    private Tensor split(Tensor x) {
        return x.view(x.size(0), x.size(1), heads, headDim); // (B, S, H, K)
    }
}
