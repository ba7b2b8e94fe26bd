package kinema.show1.unet;

import java.util.Collections;
import java.util.List;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.show1.unet.UnetConfig.Level;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a UNet's level: a residual layer and, after it, a convolution over time, attention within frames and
 * attention between frames, as far as the network has them.
 *
 * <p>Axes: S samples, F frames of all of them, C channels in, D out, H W rows and columns, E width of the time embedding, L text tokens, X their
 * width. Immutable; safe to share between threads.
 *
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.2 and figure 5</a>
 */
final class UnetLayer {
    private final Resnet resnet;
    private final @Nullable TemporalConv temporalConv;
    private final @Nullable FrameAttention attention;
    private final @Nullable TemporalTransformer temporalAttention;

    /** Layer {@code index} of a block, with its first part made; {@code attends} is whether this one does. */
    private UnetLayer(Weights block, int index, Resnet resnet, UnetConfig c, Level level, boolean attends) {
        this.resnet = resnet;
        temporalConv = c.temporal() ? new TemporalConv(block.at("temp_convs").at(index), level.width()) : null;
        attention = attends ? attention(block.at("attentions").at(index), c, level) : null;
        temporalAttention = attends && c.temporal()
                ? new TemporalTransformer(
                        block.at("temp_attentions").at(index),
                        level.width(),
                        c.resnets().groups(),
                        level.width(),
                        level.headDim())
                : null;
    }

    /** A layer on the way down or up: {@code index} in its block, {@code in} channels of its input. */
    static UnetLayer of(Weights block, int index, UnetConfig c, Level level, long in) {
        Resnet resnet = new Resnet(block.at("resnets").at(index), c.resnets(), in, level.width());
        return new UnetLayer(block, index, resnet, c, level, level.attention());
    }

    /** A layer of the middle, whose first one always attends and whose second never does. */
    static UnetLayer ofMiddle(Weights block, int index, UnetConfig c) {
        Level level = c.levels().get(c.levels().size() - 1);
        ResnetConfig config = c.resnets().withOutScale(c.midScale());
        Resnet resnet = new Resnet(block.at("resnets").at(index), config, level.width(), level.width());
        return new UnetLayer(block, index, resnet, c, level, index == 0);
    }

    /**
     * What is left out of a layer's convolution over time for each sample; nothing where {@code dropout} is null.
     *
     * @param x (F, C, H, W), one of the samples
     */
    List<List<Tensor>> masks(@Nullable Dropout dropout, int samples, Tensor x) {
        return dropout == null || temporalConv == null
                ? Collections.nCopies(samples, List.of())
                : dropout.masks(samples, x.size(0), temporalConv.channels(), x.size(2), x.size(3));
    }

    /**
     * Applies the layer.
     *
     * @param x (F, C, H, W)
     * @param time (S, E)
     * @param text (S, L, X)
     * @param masks of a single sample, {@link #masks}
     * @return (F, D, H, W)
     */
    Tensor forward(Tensor x, Tensor time, Tensor text, List<Tensor> masks) {
        return Scopes.keep(() -> {
            Tensor y = resnet.forward(x, time); // (F, D, H, W)
            if (temporalConv != null) {
                y = then(y, temporalConv.forward(y, time.size(0), masks)); // (F, D, H, W)
            }
            if (attention != null) {
                y = then(y, attention.forward(y, text)); // (F, D, H, W)
            }
            if (temporalAttention != null) {
                y = then(y, temporalAttention.forward(y, time.size(0))); // (F, D, H, W)
            }
            return y;
        });
    }

    private static Tensor then(Tensor before, Tensor after) {
        before.close();
        return after;
    }

    private static FrameAttention attention(Weights w, UnetConfig c, Level level) {
        return c.kind() == Kind.PIXEL ? new JointAttention(w, c, level) : new SpatialTransformer(w, c, level);
    }
}
