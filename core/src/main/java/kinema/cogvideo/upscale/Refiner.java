package kinema.cogvideo.upscale;

import kinema.cogvideo.network.Attend;
import kinema.cogvideo.network.BaseLayer;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.ChannelAttention;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * CogView2's iterative super-resolution: scores of a large picture's tokens from those that stand, where the rest has the
 * token that starts an image. A token sees the text and its neighbours; one set of weights serves both.
 *
 * <p>Axes: B pictures, L text tokens, N tokens of a picture, D width, A heads, K = D / A. Immutable; safe to share between
 * threads. Keys are the authors', {@code transformer} and {@code mixins}.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4</a>
 */
public final class Refiner {
    private static final double DEVIATION = 0.02;

    private final RefinerConfig config;
    private final BaseModel base;
    private final Tensor positions; // (N, D)

    /**
     * A network over the node {@code mixins} and a base model that was trained on for it.
     *
     * @param base must live as long as this
     */
    public Refiner(Weights mixins, BaseModel base, RefinerConfig c) {
        config = c;
        this.base = base;
        positions = mixins.at("extra_position_embedding.position_embeddings")
                .tensor("weight", Init.normal(DEVIATION), c.tokens(), c.base().width());
    }

    /** The sizes. */
    public RefinerConfig config() {
        return config;
    }

    /**
     * The states of a picture's tokens.
     *
     * @param text (B, L) ids
     * @param tokens (B, N) ids
     * @param local with the geometry of the configuration
     * @return (B, N, D), for {@link #logits}
     */
    public Tensor forward(Tensor text, Tensor tokens, LocalAttention local) {
        Shapes.check("tokens", tokens, text.size(0), config.tokens());
        Shapes.check("text", text, text.size(0), Shapes.ANY);
        return Scopes.keep(() -> {
            long length = text.size(1);
            Tensor words = base.words(text).add(base.positions(0, length)); // (B, L, D)
            Tensor x = Tensors.cat(1, words, base.words(tokens).add(positions)); // (B, L + N, D)
            for (OnDemand<BaseLayer> part : base.layers()) {
                Tensor in = x;
                x = part.use(layer -> layer.forward(in, a -> attend(layer.attention(), a, length, local)));
                in.close(); // (B, L + N, D)
            }
            return x.narrow(1, length, config.tokens()); // (B, N, D)
        });
    }

    private static Tensor attend(ChannelAttention attention, Tensor x, long length, LocalAttention local) {
        return Scopes.keep(() -> {
            long tokens = x.size(1) - length;
            Heads all = attention.project(x); // (B, A, L + N, K)
            Heads text = part(all, 0, length); // (B, A, L, K)
            Tensor none = torch.zeros(new long[] {1, 1, 1, length}).to(x.scalar_type());
            Tensor within = Attend.with(text.query(), text.key(), text.value(), none); // (B, A, L, K)
            Tensor near = local.forward(part(all, length, tokens), text.key(), text.value()); // (B, A, N, K)
            return attention.merge(Tensors.cat(2, within, near)); // (B, L + N, D)
        });
    }

    private static Heads part(Heads all, long first, long count) {
        return new Heads(
                all.query().narrow(2, first, count),
                all.key().narrow(2, first, count),
                all.value().narrow(2, first, count));
    }

    /** Scores of the image tokens, float32: (…, D) to (…, V). */
    public Tensor logits(Tensor x) {
        return base.logits(x);
    }
}
