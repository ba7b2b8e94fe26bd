package kinema.cogvideox;

import kinema.cogvideox.transformer.ExpertBlock;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.JointAttention;
import kinema.cogvideox.transformer.TransformerConfig;

/**
 * What a step of the transformer takes beside its weights, counted from the tensors that {@link ExpertBlock} and
 * {@link JointAttention} have in memory together. Attention itself needs no more than its inputs and its output: libtorch's
 * kernel never holds all scores.
 */
final class TransformerMemory {
    /** Tensors as wide as a token at the peak of the feed-forward: stream, mixed, normed, 4 + 4 within, two results. */
    private static final long FEED = 13;

    /** The same of attention: stream, normed, joined, query and key twice, value, mix, result. */
    private static final long ATTENTION = 10;

    /** Turned queries and keys, and what turning them takes in 32 bits when they have 16. */
    private static final long TURNED = 2;

    private final TransformerConfig config;

    TransformerMemory(TransformerConfig config) {
        this.config = config;
    }

    /**
     * Bytes at the peak of a step.
     *
     * @param batch samples: 2 with guidance
     * @param element bytes of a number
     */
    long bytes(LatentShape shape, long batch, long element) {
        long tokens = tokens(shape);
        long sample = tokens * config.width();
        long working = ExpertTransformer.apart(tokens) ? sample : batch * sample;
        long waiting = batch * sample - working; // of the other samples, before and after the block
        long attention = ATTENTION * element;
        if (config.rotary()) {
            attention += TURNED * (element == Float.BYTES ? element : element + 2 * Float.BYTES);
        }
        return Math.max(FEED * element, attention) * working + 2 * element * waiting + positions(tokens);
    }

    /** Tokens of a sample, text and video. */
    long tokens(LatentShape shape) {
        long patch = config.patchSize() * config.patchSize() * config.framesPerPatch();
        return config.maxTextLength() + shape.frames() * shape.height() * shape.width() / patch;
    }

    private long positions(long tokens) {
        return tokens * Float.BYTES * (config.rotary() ? config.headDim() : config.width());
    }
}
