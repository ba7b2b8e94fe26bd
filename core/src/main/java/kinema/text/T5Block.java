package kinema.text;

import kinema.nn.Kernels;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One block of a T5 v1.1 encoder: attention and a gated feed-forward network, each on normed input and added to it.
 * Scores are not divided by √K; T5 starts its weights so that they need not be.
 *
 * <p>Axes: B batch, L tokens, U tokens that are attended to, C width, H heads, K head width, M hidden width.
 */
final class T5Block {
    private final long heads;
    private final RmsNorm attentionNorm;
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final Linear o;
    private final RmsNorm feedForwardNorm;
    private final Linear gate;
    private final Linear up;
    private final Linear down;

    T5Block(Weights w, T5Config c) {
        heads = c.heads();
        long inner = c.heads() * c.headWidth();
        Weights attention = w.at("layer.0.SelfAttention");
        attentionNorm = new RmsNorm(w.at("layer.0.layer_norm"), c.width(), c.eps());
        q = Linear.withoutBias(attention.at("q"), c.width(), inner);
        k = Linear.withoutBias(attention.at("k"), c.width(), inner);
        v = Linear.withoutBias(attention.at("v"), c.width(), inner);
        o = Linear.withoutBias(attention.at("o"), inner, c.width());
        Weights feedForward = w.at("layer.1.DenseReluDense");
        feedForwardNorm = new RmsNorm(w.at("layer.1.layer_norm"), c.width(), c.eps());
        gate = Linear.withoutBias(feedForward.at("wi_0"), c.width(), c.hidden());
        up = Linear.withoutBias(feedForward.at("wi_1"), c.width(), c.hidden());
        down = Linear.withoutBias(feedForward.at("wo"), c.hidden(), c.width());
    }

    /**
     * Applies the block.
     *
     * @param x (B, L, C)
     * @param bias (1, H, L, U), added to the scores of the first U tokens; the others are not attended to
     * @return (B, L, C)
     */
    Tensor forward(Tensor x, Tensor bias) {
        return Scopes.keep(() -> {
            Tensor y = x.add(attend(attentionNorm.forward(x), bias)); // (B, L, C)
            return y.add(feed(feedForwardNorm.forward(y))); // (B, L, C)
        });
    }

    private Tensor attend(Tensor x, Tensor bias) {
        Tensor asked = x.narrow(1, 0, bias.size(3)); // (B, U, C)
        Tensor y = Kernels.attention(
                split(q.forward(x)),
                split(k.forward(asked)),
                split(v.forward(asked)),
                Tensors.some(bias),
                new DoubleOptional(1.0)); // (B, H, L, K)
        return o.forward(y.transpose(1, 2).flatten(2, -1)); // (B, L, C)
    }

    private Tensor feed(Tensor x) {
        Tensor gated = torch.gelu(gate.forward(x), "tanh").mul(up.forward(x)); // (B, L, M)
        return down.forward(gated); // (B, L, C)
    }

    private Tensor split(Tensor x) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2); // (B, H, L, K)
    }
}
