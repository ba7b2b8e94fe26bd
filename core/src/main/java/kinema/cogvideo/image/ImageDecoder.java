package kinema.cogvideo.image;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.nn.Resnet2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A decoder of one rate.
 *
 * <p>Axes: B pictures, C channels of a level, h rows, w columns of the codes, H and W those of the picture, E numbers of a code.
 * Immutable; safe to share between threads.
 */
final class ImageDecoder {
    private static final long KERNEL = 3;

    /** The level, counted in halvings of the picture, whose blocks attention follows; only the coarsest decoder gets so far. */
    private static final int ATTENTIVE_LEVEL = 4;

    private final Conv2d convIn;
    private final ImageMiddle middle;
    private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();
    private final GroupNorm normOut;
    private final Conv2d convOut;

    ImageDecoder(Weights w, ImageConfig c, List<Long> multipliers) {
        int top = multipliers.size() - 1;
        long channels = c.channels() * multipliers.get(top);
        convIn = new Conv2d(w.at("conv_in"), c.codeWidth(), channels, KERNEL);
        middle = new ImageMiddle(w.at("mid"), channels);
        for (int level = top; level >= 0; level--) {
            Weights up = w.at("up").at(level);
            long out = c.channels() * multipliers.get(level);
            layers.add(
                    new Resnet2d(up.at("block.0"), channels, out, ImageConfig.GROUPS, ImageConfig.SHORTCUT)::forward);
            channels = out;
            if (level == ATTENTIVE_LEVEL) {
                layers.add(new ImageAttention(up.at("attn.0"), channels)::forward);
            }
            if (level > 0) {
                Conv2d conv = new Conv2d(up.at("upsample.conv"), channels, channels, KERNEL);
                layers.add(x -> doubled(x, conv));
            }
        }
        normOut = new GroupNorm(w.at("norm_out"), channels, ImageConfig.GROUPS, Resnet2d.EPS);
        convOut = new Conv2d(w.at("conv_out"), channels, 3, KERNEL);
    }

    private static Tensor doubled(Tensor x, Conv2d conv) {
        return Scopes.keep(() -> {
            long[] size = {2 * x.size(2), 2 * x.size(3)};
            return conv.forward(torch.upsample_nearest2d(x, size, new DoubleOptional(), new DoubleOptional()));
        });
    }

    /** (B, E, h, w) to (B, 3, H, W). */
    Tensor forward(Tensor codes) {
        return Scopes.keep(() -> {
            Tensor x = middle.forward(convIn.forward(codes)); // (B, C, h, w)
            for (UnaryOperator<Tensor> layer : layers) {
                Tensor in = x;
                x = layer.apply(in); // (B, C, …)
                in.close();
            }
            return convOut.forward(torch.silu(normOut.forward(x))); // (B, 3, H, W)
        });
    }
}
