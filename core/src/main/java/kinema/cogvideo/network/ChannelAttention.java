package kinema.cogvideo.network;

import java.util.List;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The linear maps of one attention channel; which token attends to which is its caller's matter.
 *
 * <p>Axes: B sequences, n tokens, D width, A heads, K = D / A. Immutable; safe to share between threads.
 */
public final class ChannelAttention {
    /** Queries, keys and values of so many tokens, each (B, A, n, K). */
    public record Heads(Tensor query, Tensor key, Tensor value) {}

    private static final int PARTS = 3; // query, key, value
    private static final double DEVIATION = 0.02;

    private final long heads;
    private final Linear in, out;

    /**
     * A channel.
     *
     * @param in has the weight of queries, keys and values, one below the other
     * @param out has the weight of the map after attention
     */
    public ChannelAttention(Weights in, Weights out, BaseConfig c) {
        heads = c.heads();
        this.in = linear(in, c.width(), PARTS * c.width());
        this.out = linear(out, c.width(), c.width());
    }

    /** A map with bias, started as the authors' training code starts it. */
    static Linear linear(Weights w, long in, long out) {
        return Linear.zeroBias(w, in, out, Init.normal(DEVIATION));
    }

    /** Queries, keys and values of x (B, n, D). */
    public Heads project(Tensor x) {
        return Scopes.keepAll(
                () -> {
                    TensorVector parts = torch.chunk(in.forward(x), PARTS, 2); // 3 × (B, n, D)
                    return new Heads(split(parts.get(0)), split(parts.get(1)), split(parts.get(2)));
                },
                h -> List.of(h.query(), h.key(), h.value()));
    }

    /** What attention made of the heads, (B, A, n, K), as tokens again: (B, n, D). */
    public Tensor merge(Tensor heads) {
        return Scopes.keep(
                () -> out.forward(heads.transpose(1, 2).reshape(heads.size(0), heads.size(2), -1))); // (B, n, D)
    }

    private Tensor split(Tensor x) {
        return x.view(x.size(0), x.size(1), heads, -1).transpose(1, 2); // (B, A, n, K)
    }
}
