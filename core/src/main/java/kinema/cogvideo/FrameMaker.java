package kinema.cogvideo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.TextPrefix;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes frames of a batch of sequences, token by token. With guidance each sequence has a twin with another text in the same
 * batch, and its scores are pushed away from the twin's. Not thread-safe; close it.
 *
 * <p>Axes: B sequences, N tokens of a frame, V image tokens.
 */
final class FrameMaker implements AutoCloseable {
    /** Draws the next token of each sequence. */
    @FunctionalInterface
    interface TokenSampler {
        /**
         * Draws.
         *
         * @param logits (B, V) float32
         * @param slot of the token in its frame
         * @return (B) int64
         */
        Tensor draw(Tensor logits, int slot);
    }

    /**
     * What sequences start with.
     *
     * @param texts one for each
     * @param guides the twins' texts, one for each; none without guidance
     * @param scale of guidance: 1 leaves the scores as they are
     */
    record Prompts(List<Text> texts, List<Text> guides, double scale) {
        /** Texts without guidance. */
        static Prompts plain(List<Text> texts) {
            return new Prompts(texts, List.of(), 1);
        }

        /** Each so many times, one after the other. */
        Prompts times(int count) {
            return new Prompts(repeated(texts, count), repeated(guides, count), scale);
        }

        private static List<Text> repeated(List<Text> texts, int count) {
            return texts.stream()
                    .flatMap(text -> Collections.nCopies(count, text).stream())
                    .toList();
        }

        boolean isGuided() {
            return !guides.isEmpty();
        }

        private List<Text> all() {
            List<Text> all = new ArrayList<>(texts);
            all.addAll(guides);
            return all;
        }
    }

    private final Prompts prompts;
    private final long frameTokens;
    private final boolean sharesProducts;
    private final long perToken; // multiplications of a layer's largest product
    private final TextPrefix prefix;
    private final Decoder decoder;

    /** Starts sequences with their texts; the backbone must stay in memory until this is closed. */
    FrameMaker(Backbone backbone, Decoder.Task task, Prompts prompts) {
        this.prompts = prompts;
        frameTokens = backbone.config().frameTokens();
        prefix = new TextPrefix(prompts.all());
        sharesProducts = backbone.sharesProducts();
        BaseConfig sizes = backbone.config().base();
        perToken = prefix.batch() * sizes.width() * sizes.inner();
        try {
            decoder = new Decoder(backbone, task, prefix);
        } catch (RuntimeException | Error e) {
            prefix.close();
            throw e;
        }
    }

    /** As {@link Decoder#give}: (B, frames, N). */
    void give(Tensor tokens) {
        Scopes.run(() -> decoder.give(forTwins(tokens)));
    }

    /** As {@link Decoder#append}: (B, N). */
    void append(Tensor tokens) {
        Scopes.run(() -> decoder.append(forTwins(tokens)));
    }

    /**
     * Makes the next frame; it is not appended.
     *
     * @return (B, N) int64
     */
    Tensor make(TokenSampler sampler) {
        return sharesProducts
                ? ComputeThreads.alone(() -> drawn(sampler))
                : ComputeThreads.forProducts(perToken, () -> drawn(sampler));
    }

    private Tensor drawn(TokenSampler sampler) {
        return Scopes.keep(() -> {
            long batch = prompts.texts().size();
            Tensor tokens = Tensors.zeros(ScalarType.Long, batch, frameTokens); // (B, N)
            for (int slot = 0; slot < frameTokens; slot++) {
                int here = slot;
                Scopes.run(() -> {
                    Tensor before = tokens.select(1, Math.max(0, here - 1)); // (B)
                    Tensor logits = guided(decoder.step(forTwins(before))); // (B, V)
                    tokens.select(1, here).copy_(sampler.draw(logits, here));
                });
            }
            return tokens;
        });
    }

    private Tensor forTwins(Tensor tokens) {
        return prompts.isGuided() ? Tensors.cat(0, tokens, tokens) : tokens;
    }

    private Tensor guided(Tensor logits) {
        if (!prompts.isGuided()) {
            return logits;
        }
        long batch = prompts.texts().size();
        Tensor guide = logits.narrow(0, batch, batch); // (B, V)
        return guide.add(logits.narrow(0, 0, batch).sub(guide).mul(new Scalar(prompts.scale()))); // (B, V)
    }

    @Override
    public void close() {
        decoder.close();
        prefix.close();
    }
}
