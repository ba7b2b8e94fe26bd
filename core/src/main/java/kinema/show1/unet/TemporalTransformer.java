package kinema.show1.unet;

import kinema.nn.GroupNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention between frames: the tokens of a pixel in all frames ask one another, twice. The frames' order is not told; it
 * comes in by the convolutions over time alone.
 *
 * <p>Axes: S samples, F frames of each, C channels, H W rows and columns, D width of the tokens. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.2 and figure 5</a>
 */
final class TemporalTransformer {
    private static final double EPS = 1e-6;

    private final GroupNorm norm;
    private final Linear projIn;
    private final TransformerBlock block;
    private final Linear projOut;

    /** A transformer of {@code heads} heads that share {@code width}. */
    TemporalTransformer(Weights w, long channels, long groups, long width, long heads) {
        norm = new GroupNorm(w.at("norm"), channels, groups, EPS);
        projIn = new Linear(w.at("proj_in"), channels, width);
        block = new TransformerBlock(w.at("transformer_blocks.0"), width, width, heads);
        projOut = new Linear(w.at("proj_out"), width, channels);
    }

    /**
     * Applies the layer.
     *
     * @param x (S·F, C, H, W)
     * @return (S·F, C, H, W)
     */
    Tensor forward(Tensor x, long samples) {
        return Scopes.keep(() -> {
            long frames = x.size(0) / samples, pixels = x.size(2) * x.size(3);
            Tensor clips = x.reshape(samples, frames, x.size(1), pixels).transpose(1, 2); // (S, C, F, H·W)
            Tensor normed = norm.forward(clips.contiguous()).permute(0, 3, 2, 1).flatten(0, 1); // (S·H·W, F, C)
            Tensor y = Slices.of(
                    samples * pixels,
                    frames,
                    (first, count) -> pixels(normed.narrow(0, first, count))); // (S·H·W, F, C)
            return x.add(y.view(samples, pixels, frames, -1).permute(0, 2, 3, 1).reshape(x.shape())); // (S·F, C, H, W)
        });
    }

    /** (n, F, C) to the same shape. */
    private Tensor pixels(Tensor x) {
        return Scopes.keep(() -> projOut.forward(block.forward(projIn.forward(x.contiguous()), null)));
    }
}
