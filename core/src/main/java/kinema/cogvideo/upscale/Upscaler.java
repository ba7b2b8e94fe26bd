package kinema.cogvideo.upscale;

import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Direct super-resolution: one pass gives the scores of all tokens of a large picture at once. Text and small picture go
 * through the base model's own attention; a large picture's token sees its neighbours there and in the small picture by a
 * second one.
 *
 * <p>Axes: B pictures, L text tokens, n tokens of the small picture, N of the large one, D width, A heads, K = D / A. Immutable;
 * safe to share between threads. Keys are the authors', {@code transformer} and {@code mixins}.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 4</a>
 */
public final class Upscaler {
    private final UpscalerConfig config;
    private final BaseModel base;
    private final LargePicture large;

    /** A network made of two that are in memory. */
    public Upscaler(UpscalerConfig config, BaseModel base, LargePicture large) {
        this.config = config;
        this.base = base;
        this.large = large;
    }

    /** A network over a node with {@code transformer} and {@code mixins}. */
    public static Upscaler of(Weights w, UpscalerConfig config) {
        return new Upscaler(
                config, new BaseModel(w.at("transformer"), config.base()), new LargePicture(w.at("mixins"), config));
    }

    /** The sizes. */
    public UpscalerConfig config() {
        return config;
    }

    /**
     * The states of a large picture's tokens.
     *
     * @param text (B, L) ids, at most one less than the configuration has
     * @param small (B, n) ids of the small picture
     * @param placeholder the token that stands where the large picture's are to come
     * @param local with the geometry of the configuration
     * @return (B, N, D), for {@link #logits}
     * @throws IllegalArgumentException when the text is too long
     */
    public Tensor forward(Tensor text, Tensor small, long placeholder, LocalAttention local) {
        Shapes.check("small", small, text.size(0), config.low());
        if (text.size(1) >= config.textTokens()) {
            throw new IllegalArgumentException("super-resolution takes at most " + (config.textTokens() - 1)
                    + " tokens of text, found " + text.size(1) + "; shorten the prompt");
        }
        return Scopes.keep(() -> {
            long before = text.size(1) + config.low();
            Tensor mask = mask(text.size(1)); // (1, 1, L + n, L + n)
            Tensor x = embed(text, small, placeholder); // (B, L + n + N, D)
            for (int i = 0; i < config.base().layers(); i++) {
                Tensor in = x;
                int number = i;
                x = base.layers()
                        .get(i)
                        .use(layer -> large.layers().get(number).use(plus -> {
                            TwoLevels attention = new TwoLevels(layer.attention(), plus, local, config.low());
                            return layer.forward(in, a -> attention.forward(a, mask)); // (B, L + n + N, D)
                        }));
                in.close();
            }
            return x.narrow(1, before, config.high()); // (B, N, D)
        });
    }

    /** Scores of the image tokens, float32: (…, D) to (…, V). */
    public Tensor logits(Tensor x) {
        return base.logits(x);
    }

    private Tensor embed(Tensor text, Tensor small, long placeholder) {
        return Scopes.keep(() -> {
            Tensor words = base.words(text).add(base.positions(0, text.size(1))); // (B, L, D)
            Tensor low =
                    base.words(small).add(base.positions(BaseConfig.IMAGE_POSITION + 1, config.low())); // (B, n, D)
            Tensor start = base.words(Tensors.of(new long[] {placeholder}, 1)); // (1, D)
            Tensor high = large.positions().add(start).unsqueeze(0).expand(text.size(0), config.high(), start.size(1));
            return Tensors.cat(1, words, low, high); // (B, L + n + N, D)
        });
    }

    /** Text sees text, the small picture sees both. */
    private Tensor mask(long text) {
        long all = text + config.low();
        Tensor mask = torch.zeros(new long[] {1, 1, all, all}); // (1, 1, L + n, L + n)
        mask.narrow(2, 0, text).narrow(3, text, config.low()).fill_(new Scalar(Double.NEGATIVE_INFINITY));
        return mask.to(base.dtype());
    }
}
