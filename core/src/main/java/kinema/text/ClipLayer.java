package kinema.text;

import kinema.nn.Attention;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer of CLIP's text encoder: attention to the tokens so far and a feed-forward network, each on normed input and added
 * to it.
 *
 * <p>Axes: B batch, L tokens, C width.
 */
final class ClipLayer {
    private final long heads;
    private final LayerNorm norm1;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final LayerNorm norm2;
    private final Linear up;
    private final Linear down;

    ClipLayer(Weights w, ClipConfig c) {
        heads = c.heads();
        Weights attention = w.at("self_attn");
        norm1 = new LayerNorm(w.at("layer_norm1"), c.width(), c.eps());
        query = new Linear(attention.at("q_proj"), c.width(), c.width());
        key = new Linear(attention.at("k_proj"), c.width(), c.width());
        value = new Linear(attention.at("v_proj"), c.width(), c.width());
        out = new Linear(attention.at("out_proj"), c.width(), c.width());
        norm2 = new LayerNorm(w.at("layer_norm2"), c.width(), c.eps());
        up = new Linear(w.at("mlp.fc1"), c.width(), c.hidden());
        down = new Linear(w.at("mlp.fc2"), c.hidden(), c.width());
    }

    /**
     * Applies the layer.
     *
     * @param x (B, L, C)
     * @return (B, L, C)
     */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor y = x.add(attend(norm1.forward(x))); // (B, L, C)
            return y.add(down.forward(torch.gelu(up.forward(norm2.forward(y))))); // (B, L, C)
        });
    }

    private Tensor attend(Tensor x) {
        Tensor y = Attention.attendBack(query.forward(x), key.forward(x), value.forward(x), heads); // (B, L, C)
        return out.forward(y); // (B, L, C)
    }
}
