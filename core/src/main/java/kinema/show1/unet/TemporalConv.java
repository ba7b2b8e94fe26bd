package kinema.show1.unet;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.GroupNorm;
import kinema.nn.Kernels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Four convolutions over time, each after a norm and SiLU, added to their input. The norms take their statistics over all
 * frames. The last convolution starts at zero, so that a new layer does nothing.
 *
 * <p>Axes: S samples, F frames of each, C channels, H W rows and columns. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.2 and figure 5</a>
 */
final class TemporalConv {
    private static final long KERNEL = 3;
    private static final long LAYERS = 4;
    private static final double EPS = 1e-5;
    private static final long[] UNIT = {1, 1};
    private static final long[] PADDING = {1, 0};

    /** A norm, SiLU and a convolution. */
    private record Layer(GroupNorm norm, Tensor weight, Tensor bias) {
        /** (S, C, F, H·W) to the same shape; {@code mask}, of a single sample, is what the convolution's input is multiplied with. */
        Tensor forward(Tensor x, @Nullable Tensor mask) {
            return Scopes.keep(() -> {
                Tensor in = torch.silu(norm.forward(x));
                if (mask != null) {
                    in.mul_(mask.to(in));
                }
                return Kernels.conv2d(in, weight.squeeze(4), Tensors.some(bias), UNIT, PADDING);
            });
        }
    }

    private final long channels;
    private final List<Layer> layers = new ArrayList<>();

    TemporalConv(Weights w, long channels) {
        this.channels = channels;
        for (long i = 1; i <= LAYERS; i++) {
            Weights layer = w.at("conv" + i);
            Weights conv = layer.at(i == 1 ? 2 : 3); // the published ones have a dropout between but for the first
            Init init = i == LAYERS ? Init.ZEROS : Init.fanIn(channels * KERNEL);
            layers.add(new Layer(
                    new GroupNorm(layer.at(0), channels, UnetConfig.TEMPORAL_GROUPS, EPS),
                    conv.tensor("weight", init, channels, channels, KERNEL, 1, 1),
                    conv.tensor("bias", init, channels)));
        }
    }

    /** Channels of its input and its output. */
    long channels() {
        return channels;
    }

    /**
     * Applies the layer.
     *
     * @param x (S·F, C, H, W)
     * @param masks of {@link Dropout#masks} for a single sample; none to leave nothing out
     * @return (S·F, C, H, W)
     */
    Tensor forward(Tensor x, long samples, List<Tensor> masks) {
        return Scopes.keep(() -> {
            long frames = x.size(0) / samples, pixels = x.size(2) * x.size(3);
            Tensor y =
                    x.reshape(samples, frames, channels, pixels).transpose(1, 2).contiguous(); // (S, C, F, H·W)
            for (int i = 0; i < layers.size(); i++) {
                Tensor in = y;
                y = layers.get(i).forward(in, i == 0 || masks.isEmpty() ? null : masks.get(i - 1)); // (S, C, F, H·W)
                in.close();
            }
            return x.add(y.transpose(1, 2).reshape(x.shape())); // (S·F, C, H, W)
        });
    }
}
