package kinema.text;

import java.nio.file.Path;
import java.util.List;
import kinema.memory.Network;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;

/**
 * A text encoder where it is stored: makes states of token ids, and says what that will take. Its weights, most of those of a
 * published model, are opened to encode and closed thereafter.
 *
 * <p>Axes: B texts, L tokens, C width of the states.
 */
public interface PromptEncoder {
    /** Whether a token sees the padding after the text; models were trained either way. */
    enum Padding {
        SEEN,
        MASKED
    }

    /**
     * T5, a block at a time in memory.
     *
     * @param folder with the published files of the encoder
     */
    static PromptEncoder t5(Path folder, Padding padding) {
        return new T5Prompts(folder, padding);
    }

    /**
     * CLIP's text encoder, a layer at a time in memory.
     *
     * @param folder with the published files of the encoder
     */
    static PromptEncoder clip(Path folder) {
        return new ClipPrompts(folder);
    }

    /** MiniLM, whose weights are on the class path; it computes in float32 on the CPU and masks padding. */
    static PromptEncoder miniLm() {
        return new MiniLmPrompts();
    }

    /**
     * Opens the weights.
     *
     * @throws kinema.weights.WeightsException when a file is missing, damaged, or not this encoder's
     */
    OpenEncoder open(Placement placement);

    /**
     * The states of texts, with weights that are open meanwhile.
     *
     * @param texts B token lists of the same length
     * @return (B, L, C) float32 on the CPU
     * @throws kinema.weights.WeightsException as {@link #open}
     */
    default Tensor encode(Placement placement, List<TokenIds> texts) {
        try (OpenEncoder open = open(placement)) {
            return open.states(texts);
        }
    }

    /** What a plan says of the weights. */
    Network network(Placement placement);

    /**
     * Bytes that encoding takes beside the weights, at its peak.
     *
     * @param texts B
     * @param length L
     */
    long work(Placement placement, int texts, int length);
}
