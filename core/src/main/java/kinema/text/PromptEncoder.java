package kinema.text;

import java.nio.file.Path;
import java.util.List;
import kinema.memory.Network;
import kinema.text.tokenize.TokenIds;
import kinema.weights.Placement;
import kinema.weights.WeightsException;
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
     * @throws WeightsException when a file is missing, damaged, or not this encoder's
     */
    OpenEncoder open(Placement placement);

    /**
     * The states of texts, with weights that are open meanwhile.
     *
     * @param texts B token lists of the same length
     * @return (B, L, C) float32 on the CPU
     * @throws WeightsException as {@link #open}
     */
    default Tensor encode(Placement placement, List<TokenIds> texts) {
        try (OpenEncoder open = open(placement)) {
            return open.states(texts);
        }
    }

    /**
     * C, as the encoder's config has it: what a network that attends to the states must be made for.
     *
     * @throws WeightsException when the config is missing or damaged
     */
    long width();

    /** Where its sizes are stated, in words. */
    String source();

    /** Whether there are files of it; it need not be there before it is used. */
    boolean isThere();

    /**
     * Throws when a network attends to states of another width than those of this encoder, if that is there.
     *
     * @param key which file's key says so, for the message
     * @param found C of the network
     * @throws WeightsException naming both
     */
    default void requireWidth(String key, long found) {
        if (isThere() && width() != found) {
            throw new WeightsException(key + " must be " + width() + ", the width of the states of " + source()
                    + ", found " + found + "; do the checkpoints belong together?");
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
