package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Tells clips from what an autoencoder makes of them, patch by patch: convolutions over space and time, of which each halves rows and
 * columns and leaves frames, so that one picture can be judged too.
 *
 * <p>Axes: B clips, C channels, T frames, H W rows and columns of pixels, h w of patches. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/1611.07004">Image-to-image translation with conditional adversarial networks, section 3.2.2</a>
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class PatchDiscriminator {
    private static final long[] HALVING = {1, 2, 2};
    private static final long[] UNIT = {1, 1, 1};
    private static final Scalar SLOPE = new Scalar(0.2);
    private static final int WIDEST = 8; // times the first layer's channels
    private static final long GROUPS = 8;

    private record Layer(Tensor weight, Tensor bias, List<GroupNorm> norm) {}

    private final List<Layer> layers = new ArrayList<>();
    private final Tensor weight; // (1, C, 3, 3, 3)
    private final Tensor bias; // (1)

    /**
     * A network.
     *
     * @param channels of the first layer, a multiple of 8; each further one has twice as many, up to eight times
     * @param count layers that halve rows and columns
     */
    PatchDiscriminator(Weights w, long channels, int count) {
        long in = 3;
        for (int i = 0; i < count; i++) {
            long out = channels * Math.min(1L << i, WIDEST);
            Weights layer = w.at("layers").at(i);
            Init init = Init.fanIn(in * 3 * 4 * 4);
            layers.add(new Layer(
                    layer.tensor("weight", init, out, in, 3, 4, 4),
                    layer.tensor("bias", init, out),
                    i == 0 ? List.of() : List.of(new GroupNorm(layer.at("norm"), out, GROUPS, 1e-5))));
            in = out;
        }
        Init init = Init.fanIn(in * 27);
        weight = w.at("out").tensor("weight", init, 1, in, 3, 3, 3);
        bias = w.at("out").tensor("bias", init, 1);
    }

    /**
     * Judges clips.
     *
     * @param video (B, 3, T, H, W) in [-1, 1]
     * @return (B, 1, T, h, w): above 0 for patches that seem true
     */
    Tensor forward(Tensor video) {
        return Scopes.keep(() -> {
            Tensor x = video;
            for (Layer layer : layers) {
                Tensor y = torch.conv3d(x, layer.weight, Tensors.some(layer.bias), HALVING, UNIT, UNIT, 1);
                for (GroupNorm norm : layer.norm) {
                    y = norm.forward(y);
                }
                x = torch.leaky_relu(y, SLOPE); // (B, C, T, H / 2, W / 2)
            }
            return torch.conv3d(x, weight, Tensors.some(bias), UNIT, UNIT, UNIT, 1); // (B, 1, T, h, w)
        });
    }

    /** Falls as made clips seem true: the autoencoder's term. A scalar. */
    static Tensor fooling(Tensor made) {
        return Scopes.keep(() -> made.mean().neg());
    }

    /** The hinge loss of telling true clips from made ones. A scalar. */
    static Tensor telling(Tensor given, Tensor made) {
        return Scopes.keep(() -> {
            Scalar one = new Scalar(1.0);
            Tensor missed = torch.relu(given.neg().add(one)).mean();
            Tensor taken = torch.relu(made.add(one)).mean();
            return missed.add(taken).mul(new Scalar(0.5));
        });
    }
}
