package kinema.cogvideox;

import java.util.List;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.TextParts;
import kinema.memory.Network;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;

/**
 * From prompts to text states, with the tokenizer and text encoder that {@code model_index.json} names.
 *
 * <p>Axes: B texts, L tokens, C width.
 */
final class CogVideoXText implements AutoCloseable {
    private final TextParts parts;
    private final Placement placement;
    private final int length;
    private final TextStates last = new TextStates();

    /**
     * Opens the tokenizer of a model.
     *
     * @param placement of the encoder's weights
     * @param length tokens the transformer was made for
     * @throws kinema.weights.WeightsException when the index names a class this engine does not have
     */
    CogVideoXText(ModelFiles files, Placement placement, long length) {
        parts = TextParts.open(files);
        this.placement = placement;
        this.length = Math.toIntExact(length);
    }

    /** The ids of a text, cut or padded to the length the transformer was made for. */
    TokenIds tokenize(String text) {
        return parts.tokenizer().encode(text, length);
    }

    /**
     * The states of texts; those that the last call had too are not computed again.
     *
     * @param texts B token lists
     * @return (B, L, C) float32
     */
    Tensor encode(TokenIds... texts) {
        return last.of(List.of(texts), missing -> parts.encoder().encode(placement, missing));
    }

    /** What footprints say of the encoder's weights. */
    Network network() {
        return parts.encoder().network(placement);
    }

    /** Bytes that encoding takes beside the weights, at its peak. */
    long work(int texts) {
        return parts.encoder().work(placement, texts, length);
    }

    @Override
    public void close() {
        last.close();
        parts.tokenizer().close();
    }
}
