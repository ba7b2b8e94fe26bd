package kinema.show1;

import java.util.List;
import java.util.function.Function;
import kinema.memory.Network;
import kinema.text.PromptEncoder;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * From texts to their states: an encoder for the stages in pixels, one for the expert. An encoder's weights are in memory only while
 * it encodes.
 *
 * <p>Axes: B texts, L tokens, S width of the states.
 */
final class Show1Text implements AutoCloseable {
    /** Tokens of a text, for both encoders, in the published checkpoints. */
    static final int LENGTH = 77;

    private final int length;
    private final Placement placement;
    private final Lazy pixels;
    private final Lazy latents;

    /** What is opened when it is first used. */
    private static final class Lazy {
        private final Show1Files files;
        private final Function<Show1Files, TextParts> opening;
        private @Nullable TextParts parts;

        Lazy(Show1Files files, Function<Show1Files, TextParts> opening) {
            this.files = files;
            this.opening = opening;
        }

        synchronized TextParts get() {
            if (parts == null) {
                parts = opening.apply(files);
            }
            return parts;
        }

        synchronized void close() {
            if (parts != null) {
                parts.tokenizer().close();
                parts = null;
            }
        }
    }

    /**
     * Those of a model; nothing is opened before it is used.
     *
     * @param length tokens of a text
     * @param placement of the encoders' weights
     */
    Show1Text(Show1Files files, int length, Placement placement) {
        this.length = length;
        this.placement = placement;
        pixels = new Lazy(files, TextParts::ofPixels);
        latents = new Lazy(files, TextParts::ofLatents);
    }

    /** Tokens of a text. */
    int length() {
        return length;
    }

    /** The ids that the stages in pixels see of a text. */
    TokenIds forPixels(String text) {
        return pixels.get().encode(text, length);
    }

    /** The ids that the expert sees of a text. */
    TokenIds forLatents(String text) {
        return latents.get().encode(text, length);
    }

    /** The states of the stages in pixels, (B, L, S) float32, without attention to padding. */
    Tensor pixelStates(TokenIds... texts) {
        return pixels.get().encoder().encode(placement, List.of(texts));
    }

    /** The expert's states, (B, L, S) float32. */
    Tensor latentStates(TokenIds... texts) {
        return latents.get().encoder().encode(placement, List.of(texts));
    }

    /**
     * What footprints say of the larger encoder's weights.
     *
     * @param inPixels whether the one of pixels is needed too
     */
    Network network(boolean inPixels) {
        return larger(inPixels).network(placement);
    }

    /** Bytes that encoding two texts takes beside the weights, at its peak. */
    long work(boolean inPixels) {
        return larger(inPixels).work(placement, 2, length);
    }

    private PromptEncoder larger(boolean inPixels) {
        return (inPixels ? pixels : latents).get().encoder();
    }

    @Override
    public void close() {
        pixels.close();
        latents.close();
    }
}
