package kinema.show1.unet;

import kinema.nn.GroupNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in latents: the points of a frame ask one another, then the text.
 *
 * <p>Axes: S samples, F frames of all of them, C channels, H W rows and columns, L text tokens, X their width. Immutable; safe to share between
 * threads.
 *
 * @see <a href="https://arxiv.org/abs/2112.10752">Latent diffusion, section 3.3 and appendix E.2.1</a>
 */
final class SpatialTransformer implements FrameAttention {
    private static final double EPS = 1e-6;

    private final GroupNorm norm;
    private final Linear projIn;
    private final TransformerBlock block;
    private final Linear projOut;

    SpatialTransformer(Weights w, UnetConfig c, UnetConfig.Level level) {
        norm = new GroupNorm(w.at("norm"), level.width(), c.resnets().groups(), EPS);
        projIn = new Linear(w.at("proj_in"), level.width(), level.width());
        block = new TransformerBlock(
                w.at("transformer_blocks.0"), level.width(), c.text().width(), c.heads(level));
        projOut = new Linear(w.at("proj_out"), level.width(), level.width());
    }

    @Override
    public Tensor forward(Tensor x, Tensor text) {
        return Scopes.keep(() -> {
            Tensor tokens = norm.forward(x).flatten(2, -1).transpose(1, 2); // (F, H·W, C)
            Tensor told = PerFrame.of(text, x.size(0)); // (F, L, X)
            Tensor y = Slices.of(
                    x.size(0),
                    tokens.size(1),
                    (first, count) ->
                            frames(tokens.narrow(0, first, count), told.narrow(0, first, count))); // (F, H·W, C)
            return x.add(y.transpose(1, 2).reshape(x.shape())); // (F, C, H, W)
        });
    }

    /** (n, H·W, C), with texts (n, L, X), to the same shape. */
    private Tensor frames(Tensor x, Tensor text) {
        return Scopes.keep(() -> projOut.forward(block.forward(projIn.forward(x.contiguous()), text)));
    }
}
