package kinema.show1.unet;

import kinema.nn.Attention;
import kinema.nn.LayerNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;

/**
 * All text states as one vector that is added to the time embedding: their mean, with a learnt offset, asks the states and
 * itself. Padding takes part, as the networks were trained.
 *
 * <p>Axes: B batch, L text tokens, S width of their states, E width of the time embedding. Immutable; safe to share
 * between threads.
 */
final class TextPooling {
    private static final double EPS = 1e-5;

    private final long heads;
    private final LayerNorm norm1;
    private final Tensor offset; // (1, S)
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear proj;
    private final LayerNorm norm2;

    TextPooling(Weights w, UnetConfig c) {
        long width = c.text().stateWidth();
        long out = c.resnets().timeWidth();
        Weights pool = w.at("pool");
        heads = c.text().poolHeads();
        norm1 = new LayerNorm(w.at("norm1"), width, EPS);
        offset = pool.tensor("positional_embedding", Init.normal(1 / Math.sqrt(width)), 1, width);
        query = new Linear(pool.at("q_proj"), width, width);
        key = new Linear(pool.at("k_proj"), width, width);
        value = new Linear(pool.at("v_proj"), width, width);
        proj = new Linear(w.at("proj"), width, out);
        norm2 = new LayerNorm(w.at("norm2"), out, EPS);
    }

    /**
     * Pools.
     *
     * @param states (B, L, S)
     * @return (B, E)
     */
    Tensor forward(Tensor states) {
        return Scopes.keep(() -> {
            Tensor x = norm1.forward(states); // (B, L, S)
            Tensor mean = x.mean(new long[] {1}, true, new ScalarTypeOptional()).add(offset); // (B, 1, S)
            Tensor all = Tensors.cat(1, mean, x); // (B, 1 + L, S)
            Tensor pooled = Attention.attend(query.forward(mean), key.forward(all), value.forward(all), heads);
            return norm2.forward(proj.forward(pooled.squeeze(1))); // (B, E)
        });
    }
}
