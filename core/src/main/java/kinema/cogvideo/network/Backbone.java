package kinema.cogvideo.network;

import kinema.nn.WideProduct;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A base model, with the temporal channel of one of the stages or without: then it is the text-to-image model again, which
 * makes the first frame.
 *
 * <p>Axes: B sequences, n tokens, N tokens of a frame, D width, V image tokens. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.2</a>
 */
public final class Backbone {
    private final BaseModel base;
    private final @Nullable TemporalChannel channel;
    private final BackboneConfig config;

    /**
     * A network made of two that are in memory.
     *
     * @param channel null for text to image
     */
    public Backbone(BackboneConfig config, BaseModel base, @Nullable TemporalChannel channel) {
        this.config = config;
        this.base = base;
        this.channel = channel;
    }

    /** The sizes. */
    public BackboneConfig config() {
        return config;
    }

    BaseModel base() {
        return base;
    }

    boolean isTemporal() {
        return channel != null;
    }

    /**
     * Whether the products of a token are computed by threads that {@link ComputeThreads#share} them, and so need no others.
     */
    public boolean sharesProducts() {
        BaseConfig sizes = config.base();
        return base.isWidened() && WideProduct.isShared(sizes.width() * sizes.inner());
    }

    /**
     * Text tokens with their positions.
     *
     * @param ids (B, L)
     * @param positions (1 or B, L)
     * @return (B, L, D)
     */
    Tensor text(Tensor ids, Tensor positions) {
        return Scopes.keep(() -> base.words(ids).add(base.positions(positions))); // (B, L, D)
    }

    /**
     * Tokens of a frame with their positions: the first frame's are the text-to-image model's, the others' the channel's.
     *
     * @param ids (B, n) what stands in the slots
     * @param time the frame's, from 0
     * @param slot the first of the n slots
     * @return (B, n, D)
     */
    Tensor slots(Tensor ids, int time, long slot) {
        return Scopes.keep(() -> base.words(ids).add(slotPositions(time, slot, ids.size(1)))); // (B, n, D)
    }

    private Tensor slotPositions(int time, long slot, long count) {
        if (time == 0) {
            return base.positions(BaseConfig.IMAGE_POSITION + slot, count);
        }
        if (channel == null) {
            throw new IllegalArgumentException("a text-to-image model has one frame, asked for number " + (time + 1));
        }
        return channel.positions((time - 1) * config.frameTokens() + slot, count);
    }

    /**
     * All layers.
     *
     * @param x (B, n, D)
     * @return (B, n, D), for {@link #logits}
     */
    Tensor forward(Tensor x, Reach reach) {
        return Scopes.keep(() -> {
            Tensor y = x.alias();
            for (int i = 0; i < config.base().layers(); i++) {
                Tensor in = y;
                y = through(i, in, reach); // (B, n, D)
                in.close();
            }
            return y;
        });
    }

    /** One layer: (B, n, D) to (B, n, D). */
    Tensor through(int number, Tensor x, Reach reach) {
        return base.layers().get(number).use(layer -> {
            if (channel == null) {
                return through(layer, null, number, x, reach);
            }
            return channel.layers().get(number).use(temporal -> through(layer, temporal, number, x, reach));
        });
    }

    private static Tensor through(
            BaseLayer layer, @Nullable TemporalLayer temporal, int number, Tensor x, Reach reach) {
        DualAttention attention = new DualAttention(layer.attention(), temporal, number);
        return layer.forward(x, a -> attention.forward(a, reach));
    }

    /** Scores of the image tokens, float32: (…, D) to (…, V). */
    public Tensor logits(Tensor x) {
        return base.logits(x);
    }
}
