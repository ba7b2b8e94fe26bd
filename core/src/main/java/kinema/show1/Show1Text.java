package kinema.show1;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import kinema.memory.Network;
import kinema.show1.Show1Files.Part;
import kinema.text.PromptEncoder;
import kinema.text.PromptEncoder.Padding;
import kinema.text.tokenize.ClipTokenizer;
import kinema.text.tokenize.SentencePieceTokenizer;
import kinema.text.tokenize.TokenIds;
import kinema.text.tokenize.Tokenizer;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * From texts to their states: T5 for the stages in pixels, CLIP for the expert. An encoder's weights are in memory only while
 * it encodes.
 *
 * <p>Axes: B texts, L tokens, S width of the states.
 */
final class Show1Text implements AutoCloseable {
    /** Tokens of a text, for both encoders. */
    static final int LENGTH = 77;

    private final Show1Files files;
    private final Placement placement;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private @Nullable Tokenizer pixels;
    private @Nullable Tokenizer latents;

    /**
     * Those of a model; nothing is opened before it is used.
     *
     * @param placement of the encoders' weights
     */
    Show1Text(Show1Files files, Placement placement) {
        this.files = files;
        this.placement = placement;
    }

    /** The ids that the stages in pixels see of a text: in lower case. */
    synchronized TokenIds forPixels(String text) {
        if (pixels == null) {
            Tokenizer opened =
                    SentencePieceTokenizer.open(files.textFolder("tokenizer").resolve("spiece.model"));
            closing.push(opened::close);
            pixels = opened;
        }
        return pixels.encode(text.toLowerCase(Locale.ROOT).strip(), LENGTH);
    }

    /** The ids that the expert sees of a text. */
    synchronized TokenIds forLatents(String text) {
        if (latents == null) {
            Tokenizer opened = ClipTokenizer.open(files.folder(Part.EXPERT, "tokenizer"));
            closing.push(opened::close);
            latents = opened;
        }
        return latents.encode(text, LENGTH);
    }

    /** T5's states, (B, L, S) float32, without attention to padding. */
    Tensor pixelStates(TokenIds... texts) {
        return t5().encode(placement, List.of(texts));
    }

    /** CLIP's states, (B, L, S) float32. */
    Tensor latentStates(TokenIds... texts) {
        return clip().encode(placement, List.of(texts));
    }

    /**
     * What footprints say of the larger encoder's weights.
     *
     * @param inPixels whether T5 is needed too
     */
    Network network(boolean inPixels) {
        return larger(inPixels).network(placement);
    }

    /** Bytes that encoding two texts takes beside the weights, at its peak. */
    long work(boolean inPixels) {
        return larger(inPixels).work(placement, 2, LENGTH);
    }

    private PromptEncoder larger(boolean inPixels) {
        return inPixels ? t5() : clip();
    }

    private PromptEncoder t5() {
        return PromptEncoder.t5(files.textFolder("text_encoder"), Padding.MASKED);
    }

    private PromptEncoder clip() {
        return PromptEncoder.clip(files.folder(Part.EXPERT, "text_encoder"));
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        closing.clear();
    }
}
