package kinema.text;

import kinema.nn.Kernels;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * One layer of BERT: attention, then a feed-forward network, each followed by its residual sum and norm.
 *
 * <p>Axes: B batch, L tokens, C width, H heads, K = C / H.
 */
final class BertLayer {
    private final long heads;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear out;
    private final LayerNorm attentionNorm;
    private final Linear up;
    private final Linear down;
    private final LayerNorm norm;

    BertLayer(Weights w, long width, long heads, double eps) {
        this.heads = heads;
        Weights attention = w.at("attention");
        query = new Linear(attention.at("self.query"), width, width);
        key = new Linear(attention.at("self.key"), width, width);
        value = new Linear(attention.at("self.value"), width, width);
        out = new Linear(attention.at("output.dense"), width, width);
        attentionNorm = new LayerNorm(attention.at("output.LayerNorm"), width, eps);
        up = new Linear(w.at("intermediate.dense"), width, 4 * width);
        down = new Linear(w.at("output.dense"), 4 * width, width);
        norm = new LayerNorm(w.at("output.LayerNorm"), width, eps);
    }

    /**
     * Applies the layer.
     *
     * @param x (B, L, C)
     * @param mask (B, 1, 1, L) bool, true where a token may be attended to
     * @return (B, L, C)
     */
    Tensor forward(Tensor x, Tensor mask) {
        return Scopes.keep(() -> {
            Tensor attended = attentionNorm.forward(x.add(attend(x, mask))); // (B, L, C)
            Tensor hidden = torch.gelu(up.forward(attended)); // (B, L, 4C)
            return norm.forward(attended.add(down.forward(hidden))); // (B, L, C)
        });
    }

    private Tensor attend(Tensor x, Tensor mask) {
        Tensor q = split(query.forward(x)); // (B, H, L, K)
        Tensor k = split(key.forward(x)); // (B, H, L, K)
        Tensor v = split(value.forward(x)); // (B, H, L, K)
        Tensor y = Kernels.attention(q, k, v, Tensors.some(mask), new DoubleOptional()); // (B, H, L, K)
        return out.forward(y.transpose(1, 2).flatten(2, -1)); // (B, L, C)
    }

    private Tensor split(Tensor x) {
        return x.view(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2); // (B, H, L, K)
    }
}
