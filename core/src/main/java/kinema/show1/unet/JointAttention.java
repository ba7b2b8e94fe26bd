package kinema.show1.unet;

import kinema.nn.Attention;
import kinema.nn.GroupNorm;
import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in pixels: the points of a frame ask the text and one another at once, with keys and values of their own for
 * the text ("added KV"). The text is normed as pictures are, its tokens taken for points.
 *
 * <p>Axes: S samples, F frames of all of them, C channels, H W rows and columns, L text tokens, X their width. Immutable; safe to share between
 * threads.
 *
 * @see <a href="https://arxiv.org/abs/2205.11487">Imagen, section 2.4 and appendix D.3.1</a>
 */
final class JointAttention implements FrameAttention {
    private static final double EPS = 1e-5;

    private final long heads;
    private final GroupNorm groupNorm;
    private final GroupNorm normCross;
    private final Linear toQ;
    private final Linear toK;
    private final Linear toV;
    private final Linear addK;
    private final Linear addV;
    private final Linear toOut;

    JointAttention(Weights w, UnetConfig c, UnetConfig.Level level) {
        long width = level.width();
        long text = c.text().width();
        heads = c.heads(level);
        groupNorm = new GroupNorm(w.at("group_norm"), width, c.resnets().groups(), EPS);
        normCross = new GroupNorm(w.at("norm_cross"), text, UnetConfig.TEXT_GROUPS, EPS);
        toQ = new Linear(w.at("to_q"), width, width);
        toK = new Linear(w.at("to_k"), width, width);
        toV = new Linear(w.at("to_v"), width, width);
        addK = new Linear(w.at("add_k_proj"), text, width);
        addV = new Linear(w.at("add_v_proj"), text, width);
        toOut = new Linear(w.at("to_out.0"), width, width);
    }

    @Override
    public Tensor forward(Tensor x, Tensor text) {
        return Scopes.keep(() -> {
            Tensor told = normCross.forward(text.transpose(1, 2)).transpose(1, 2); // (S, L, X)
            Tensor textK = PerFrame.of(addK.forward(told), x.size(0)); // (F, L, C)
            Tensor textV = PerFrame.of(addV.forward(told), x.size(0)); // (F, L, C)
            Tensor points = groupNorm.forward(x).flatten(2, -1).transpose(1, 2); // (F, H·W, C)
            Tensor y = Slices.of(
                    x.size(0),
                    points.size(1),
                    (first, count) -> frames(
                            points.narrow(0, first, count),
                            textK.narrow(0, first, count),
                            textV.narrow(0, first, count))); // (F, H·W, C)
            return x.add(y.transpose(1, 2).reshape(x.shape())); // (F, C, H, W)
        });
    }

    /** (n, H·W, C), with keys and values (n, L, C), to the same shape. */
    private Tensor frames(Tensor points, Tensor textK, Tensor textV) {
        return Scopes.keep(() -> {
            Tensor p = points.contiguous(); // (n, H·W, C)
            Tensor k = Tensors.cat(1, textK, toK.forward(p)); // (n, L + H·W, C)
            Tensor v = Tensors.cat(1, textV, toV.forward(p)); // (n, L + H·W, C)
            return toOut.forward(Attention.attend(toQ.forward(p), k, v, heads)); // (n, H·W, C)
        });
    }
}
