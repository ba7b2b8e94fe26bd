package kinema.cogvideox.transformer;

import java.util.List;
import kinema.cogvideox.transformer.AdaptiveNorm.Modulation;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * One transformer block: joint attention and a feed-forward map that text and video share, each between the expert
 * adaptive layer norm and a gate.
 *
 * <p>The maps of attention and the feed-forward map may be in 8 bits: they are most of the weights and of the work, and many tokens go through each. Those that make
 * the modulation are not: they see one vector a sample, and what they make scales every token.
 *
 * <p>Axes: B batch, L text tokens, N video tokens, E width of the time embedding, D width. Immutable; safe to share
 * between threads.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.2</a>
 */
public final class ExpertBlock {
    private static final int PARTS = 6; // shift, scale, gate of video, then of text
    private static final int TEXT = 3;
    private static final long EXPANSION = 4;

    /** The two kinds of token: text (B, L, D), video (B, N, D). */
    public record Tokens(Tensor text, Tensor video) implements AutoCloseable {
        List<Tensor> tensors() {
            return List.of(text, video);
        }

        /** One of the batch. */
        Tokens sample(long i) {
            return new Tokens(text.narrow(0, i, 1), video.narrow(0, i, 1));
        }

        /** A batch. */
        static Tokens joined(List<Tokens> samples) {
            return new Tokens(
                    Tensors.cat(0, samples.stream().map(Tokens::text).toArray(Tensor[]::new)),
                    Tensors.cat(0, samples.stream().map(Tokens::video).toArray(Tensor[]::new)));
        }

        /** Frees both; autograd keeps what it needs of them. */
        @Override
        public void close() {
            tensors().forEach(Tensor::close);
        }
    }

    private final AdaptiveNorm norm1, norm2;
    private final JointAttention attention;
    private final Linear up, down;

    ExpertBlock(Weights w, TransformerConfig c) {
        long width = c.width();
        long inner = EXPANSION * width;
        norm1 = new AdaptiveNorm(w.at("norm1"), c, PARTS);
        attention = new JointAttention(w.at("attn1").quantizable(), c);
        norm2 = new AdaptiveNorm(w.at("norm2"), c, PARTS);
        Weights feed = w.at("ff.net").quantizable();
        up = Linear.zeroBias(feed.at("0.proj"), width, inner, Init.xavier(width, inner));
        down = Linear.zeroBias(feed.at("2"), inner, width, Init.xavier(inner, width));
    }

    /**
     * Applies the block.
     *
     * @param time (B, E), already through SiLU
     */
    Tokens forward(Tokens in, Tensor time, Positions positions) {
        return Scopes.keepAll(
                () -> {
                    Tokens mixed = attend(in, time, positions); // (B, L, D), (B, N, D)
                    TensorVector vectors = norm2.vectors(time); // 6 × (B, 1, D)
                    return new Tokens(
                            feed(mixed.text(), text(vectors, positions)), // (B, L, D)
                            feed(mixed.video(), video(vectors, positions))); // (B, N, D)
                },
                Tokens::tensors);
    }

    private Tokens attend(Tokens in, Tensor time, Positions positions) {
        return Scopes.keepAll(
                () -> {
                    TensorVector vectors = norm1.vectors(time); // 6 × (B, 1, D)
                    Modulation m = video(vectors, positions);
                    Modulation mt = text(vectors, positions);
                    Tensor text = norm1.forward(in.text(), mt.shift(), mt.scale()); // (B, L, D)
                    Tensor video = norm1.forward(in.video(), m.shift(), m.scale()); // (B, N, D)
                    Tensor y = attention.forward(Tensors.cat(1, text, video), positions); // (B, L + N, D)
                    TensorVector parts = torch.split(y, new long[] {text.size(1), video.size(1)}, 1);
                    return new Tokens(
                            torch.addcmul(in.text(), mt.gate(), parts.get(0)), // (B, L, D)
                            torch.addcmul(in.video(), m.gate(), parts.get(1))); // (B, N, D)
                },
                Tokens::tensors);
    }

    private static Modulation video(TensorVector vectors, Positions positions) {
        return AdaptiveNorm.modulation(vectors, 0).over(positions::overVideo);
    }

    private static Modulation text(TensorVector vectors, Positions positions) {
        return AdaptiveNorm.modulation(vectors, TEXT).over(positions::overText);
    }

    private Tensor feed(Tensor x, Modulation m) {
        return Scopes.keep(() -> {
            Tensor h = up.forward(norm2.forward(x, m.shift(), m.scale())); // (B, n, 4D)
            return torch.addcmul(x, m.gate(), down.forward(torch.gelu(h, "tanh"))); // (B, n, D)
        });
    }
}
