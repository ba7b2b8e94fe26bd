package kinema.text;

import org.bytedeco.pytorch.Tensor;

/** A network that turns token ids into one state per token. Implementations are immutable and safe to share between threads. */
public interface TextEncoder {
    /** Width C of a state. */
    long width();

    /**
     * Encodes texts, each by itself: its states do not depend on what it is encoded with.
     *
     * @param ids (B, L) int64, as the encoder's tokenizer made them, padding included
     * @return (B, L, C) in the weights' dtype and on their device
     * @throws IllegalArgumentException for another shape or dtype, or an id outside the vocabulary
     */
    Tensor forward(Tensor ids);
}
