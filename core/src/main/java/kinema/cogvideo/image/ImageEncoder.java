package kinema.cogvideo.image;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import kinema.nn.Conv2d;
import kinema.nn.GroupNorm;
import kinema.nn.Resnet2d;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The encoder: a quarter of the rows and columns.
 *
 * <p>Axes: B pictures, C channels of a level, H rows, W columns, Z channels of the result. Immutable; safe to share between
 * threads.
 */
final class ImageEncoder {
    private static final long KERNEL = 3;

    private final Conv2d convIn;
    private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();
    private final ImageMiddle middle;
    private final GroupNorm normOut;
    private final Conv2d convOut;

    ImageEncoder(Weights w, ImageConfig c) {
        convIn = new Conv2d(w.at("conv_in"), 3, c.channels(), KERNEL);
        long channels = c.channels();
        int levels = c.multipliers().size();
        for (int level = 0; level < levels; level++) {
            Weights down = w.at("down").at(level);
            long out = c.channels() * c.multipliers().get(level);
            for (long i = 0; i < c.blocks(); i++) {
                layers.add(
                        new Resnet2d(down.at("block").at(i), channels, out, ImageConfig.GROUPS, ImageConfig.SHORTCUT)
                                ::forward);
                channels = out;
            }
            if (level < levels - 1) {
                layers.add(Conv2d.halvingPaddedAtEnd(down.at("downsample.conv"), channels)::forward);
            }
        }
        middle = new ImageMiddle(w.at("mid"), channels);
        normOut = new GroupNorm(w.at("norm_out"), channels, ImageConfig.GROUPS, Resnet2d.EPS);
        convOut = new Conv2d(w.at("conv_out"), channels, c.stateChannels(), KERNEL);
    }

    /** (B, 3, H, W) to (B, Z, H / 4, W / 4). */
    Tensor forward(Tensor pixels) {
        return Scopes.keep(() -> {
            Tensor x = convIn.forward(convIn.adopt(pixels)); // (B, C, H, W)
            for (UnaryOperator<Tensor> layer : layers) {
                Tensor in = x;
                x = layer.apply(in); // (B, C, h, w)
                in.close();
            }
            x = middle.forward(x); // (B, C, H / 4, W / 4)
            return convOut.forward(torch.silu(normOut.forward(x))); // (B, Z, H / 4, W / 4)
        });
    }
}
