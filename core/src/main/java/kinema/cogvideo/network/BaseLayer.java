package kinema.cogvideo.network;

import java.util.function.UnaryOperator;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer of the text-to-image model: attention and a feed-forward map, each normalised on its way in and on its way out
 * ("sandwich", which keeps a large model's values in float16's range).
 *
 * <p>Axes: B sequences, n tokens, D width, Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2105.13290">CogView, section 2.4</a>
 */
public final class BaseLayer {
    static final double NORM_EPS = 1e-5;

    private final LayerNorm input, third, postAttention, fourth;
    private final ChannelAttention attention;
    private final Linear up, down;

    BaseLayer(Weights w, BaseConfig c) {
        input = norm(w, "input_layernorm", c);
        third = norm(w, "third_layernorm", c);
        postAttention = norm(w, "post_attention_layernorm", c);
        fourth = norm(w, "fourth_layernorm", c);
        attention = new ChannelAttention(w.at("attention.query_key_value"), w.at("attention.dense"), c);
        up = ChannelAttention.linear(w.at("mlp.dense_h_to_4h"), c.width(), c.inner());
        down = ChannelAttention.linear(w.at("mlp.dense_4h_to_h"), c.inner(), c.width());
    }

    /** The layer's own attention. */
    public ChannelAttention attention() {
        return attention;
    }

    /**
     * Applies the layer.
     *
     * @param x (B, n, D)
     * @param attend attention of the normalised tokens, (B, n, D) to (B, n, D)
     * @return (B, n, D)
     */
    public Tensor forward(Tensor x, UnaryOperator<Tensor> attend) {
        return Scopes.keep(() -> attended(x, attend.apply(normed(x))));
    }

    /** What attention is of: (B, n, D) to (B, n, D). */
    public Tensor normed(Tensor x) {
        return input.forward(x);
    }

    /**
     * Applies what comes after attention.
     *
     * @param x (B, n, D) that the layer was given
     * @param attended (B, n, D) what attention made of {@link #normed}
     * @return (B, n, D)
     */
    public Tensor attended(Tensor x, Tensor attended) {
        return Scopes.keep(() -> {
            Tensor y = x.add(third.forward(attended)); // (B, n, D)
            Tensor inner = torch.gelu(up.forward(postAttention.forward(y)), "tanh"); // (B, n, inner)
            return y.add(fourth.forward(down.forward(inner))); // (B, n, D)
        });
    }

    private static LayerNorm norm(Weights w, String name, BaseConfig c) {
        return new LayerNorm(w.at(name), c.width(), NORM_EPS);
    }
}
