package kinema.cogvideo.upscale;

import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.ChannelAttention;
import kinema.cogvideo.network.TextPadding;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.OnDemand;
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
     * @param text (B, L) ids, at most one less than the configuration has, padded on the left
     * @param present (B, L) 1 for a token and 0 for padding
     * @param small (B, n) ids of the small picture
     * @param placeholder the token that stands where the large picture's are to come
     * @param local with the geometry of the configuration
     * @return (B, N, D), for {@link #logits}
     * @throws IllegalArgumentException when the text is too long
     */
    public Tensor forward(Tensor text, Tensor present, Tensor small, long placeholder, LocalAttention local) {
        Shapes.check("present", present, text.size(0), text.size(1));
        Shapes.check("small", small, text.size(0), config.low());
        if (text.size(1) >= config.textTokens()) {
            throw new IllegalArgumentException("super-resolution takes at most " + (config.textTokens() - 1)
                    + " tokens of text, found " + text.size(1) + "; shorten the prompt");
        }
        return Scopes.keep(() -> {
            Tensor mask = mask(present); // (B, 1, L + n, L + n)
            Tensor words = base.words(text).add(base.positions(TextPadding.positions(present))); // (B, L, D)
            TwoLevels x = embed(words, small, placeholder);
            for (int i = 0; i < config.base().layers(); i++) {
                TwoLevels in = x;
                OnDemand<ChannelAttention> attention = large.layers().get(i);
                x = base.layers().get(i).use(layer -> attention.use(plus -> in.through(layer, plus, local, mask)));
                in.tensors().forEach(Tensor::close);
            }
            return x.large(); // (B, N, D)
        });
    }

    /** Scores of the image tokens, float32: (…, D) to (…, V). */
    public Tensor logits(Tensor x) {
        return base.logits(x);
    }

    private TwoLevels embed(Tensor words, Tensor small, long placeholder) {
        return Scopes.keepAll(
                () -> {
                    Tensor low = base.words(small)
                            .add(base.positions(BaseConfig.IMAGE_POSITION + 1, config.low())); // (B, n, D)
                    Tensor start = base.words(Tensors.of(new long[] {placeholder}, 1)); // (1, D)
                    Tensor high = large.positions()
                            .add(start)
                            .unsqueeze(0)
                            .expand(words.size(0), config.high(), start.size(1));
                    return new TwoLevels(Tensors.cat(1, words, low), high);
                },
                TwoLevels::tensors);
    }

    /** Text sees text, the small picture sees both: (B, 1, L + n, L + n). */
    private Tensor mask(Tensor present) {
        return Scopes.keep(() -> {
            long text = present.size(1);
            long all = text + config.low();
            Tensor mask = torch.zeros(new long[] {present.size(0), 1, all, all});
            mask.narrow(3, 0, text).add_(TextPadding.mask(present));
            mask.narrow(2, 0, text).narrow(3, text, config.low()).fill_(new Scalar(Double.NEGATIVE_INFINITY));
            return mask.to(base.dtype());
        });
    }
}
