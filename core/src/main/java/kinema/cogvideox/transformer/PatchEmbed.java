package kinema.cogvideox.transformer;

import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Latents and text states become tokens of one width.
 *
 * <p>A patch's numbers are ordered channel, frame, row, column. The 1.0 models publish the map of a patch as a
 * convolution whose stride is its kernel, the 1.5 models as a linear map; both are the same product here.
 *
 * <p>Axes: B batch, F h w latent frames, rows, columns, C channels, L text tokens, N video tokens (t, row, column; t
 * slowest), P numbers of a patch, D width. Immutable; safe to share between threads.
 */
final class PatchEmbed {
    private final TransformerConfig config;
    private final Tensor weight; // (D, P) or (D, C, p, p)
    private final Tensor bias; // (D)
    private final Linear textProj;
    private final @Nullable Tensor learned; // (1, L + N of the sample size, D)

    PatchEmbed(Weights w, TransformerConfig c) {
        config = c;
        long volume = c.patchVolume(c.inChannels());
        long[] shape = c.patchFrames() > 0
                ? new long[] {c.width(), volume}
                : new long[] {c.width(), c.inChannels(), c.patchSize(), c.patchSize()};
        weight = w.at("proj").tensor("weight", Init.xavier(volume, c.width()), shape);
        bias = w.at("proj").tensor("bias", Init.ZEROS, c.width());
        textProj = Linear.zeroBias(
                w.at("text_proj"), c.textEmbedDim(), c.width(), Init.xavier(c.textEmbedDim(), c.width()));
        learned = c.learned() ? w.tensor("pos_embedding", Init.ZEROS, 1, learnedRows(c), c.width()) : null;
    }

    /**
     * The text's tokens.
     *
     * @param text (B, L, Ct)
     * @return (B, L, D)
     */
    Tensor text(Tensor text) {
        return Scopes.keep(() -> addLearned(textProj.forward(text), 0)); // (B, L, D)
    }

    /**
     * The video's tokens, with learned positions where the model has them.
     *
     * @param latents (B, F, C, h, w)
     * @param textTokens L, after which the learned positions of the video start
     * @return (B, N, D)
     */
    Tensor video(Tensor latents, long textTokens) {
        return Scopes.keep(() -> {
            Tensor patches = patches(latents, config.framesPerPatch(), config.patchSize()); // (B, N, P)
            Tensor x = torch.linear(patches, weight.flatten(1, -1), Tensors.some(bias)); // (B, N, D)
            return addLearned(x, textTokens); // (B, N, D)
        });
    }

    /** (B, F, C, h, w) to (B, N, P). */
    static Tensor patches(Tensor x, long pt, long p) {
        return Scopes.keep(() -> {
            long b = x.size(0), t = x.size(1) / pt, c = x.size(2), rows = x.size(3) / p, columns = x.size(4) / p;
            return x.view(b, t, pt, c, rows, p, columns, p)
                    .permute(0, 1, 4, 6, 3, 2, 5, 7) // (B, t, row, column, C, pt, p, p)
                    .reshape(b, t * rows * columns, c * pt * p * p); // (B, N, P)
        });
    }

    /** (B, N, P) back to (B, F, C, h, w) of the size of {@code like}. */
    static Tensor unpatch(Tensor x, Tensor like, long pt, long p) {
        return Scopes.keep(() -> {
            long b = x.size(0), t = like.size(1) / pt, rows = like.size(3) / p, columns = like.size(4) / p;
            long c = x.size(2) / (pt * p * p);
            return x.view(b, t, rows, columns, c, pt, p, p)
                    .permute(0, 1, 5, 4, 2, 6, 3, 7) // (B, t, pt, C, row, p, column, p)
                    .reshape(b, t * pt, c, rows * p, columns * p); // (B, F, C, h, w)
        });
    }

    /** Adds the rows of the learned table from {@code first} on, cut to the sequence as the authors' own code does. */
    private Tensor addLearned(Tensor x, long first) {
        if (learned == null) {
            return x;
        }
        return x.add(learned.narrow(1, first, x.size(1)));
    }

    private static long learnedRows(TransformerConfig c) {
        return c.maxTextLength()
                + Shapes.count(
                        c.sampleLatentFrames(), c.sampleHeight() / c.patchSize(), c.sampleWidth() / c.patchSize());
    }
}
