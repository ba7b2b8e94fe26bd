package kinema.show1.vae;

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

/** From pictures to the mean and the logarithm of the variance of their latents. N pictures, Z latent channels. */
final class FrameEncoder {
    private final Conv2d convIn;
    private final List<UnaryOperator<Tensor>> levels = new ArrayList<>();
    private final VaeMiddle middle;
    private final GroupNorm normOut;
    private final Conv2d convOut;

    FrameEncoder(Weights w, FrameVaeConfig c) {
        List<Long> widths = c.widths();
        long width = widths.get(0);
        convIn = new Conv2d(w.at("conv_in"), FrameVae.COLOURS, width, FrameVae.KERNEL);
        for (int i = 0; i < widths.size(); i++) {
            Weights block = w.at("down_blocks").at(i);
            for (int j = 0; j < c.layers(); j++) {
                levels.add(
                        new Resnet2d(block.at("resnets").at(j), width, widths.get(i), c.groups(), "conv_shortcut")
                                ::forward);
                width = widths.get(i);
            }
            if (i < widths.size() - 1) {
                levels.add(Conv2d.halvingPaddedAtEnd(block.at("downsamplers.0.conv"), width)::forward);
            }
        }
        middle = new VaeMiddle(w.at("mid_block"), c, width);
        normOut = new GroupNorm(w.at("conv_norm_out"), width, c.groups(), Resnet2d.EPS);
        convOut = new Conv2d(w.at("conv_out"), width, 2 * c.latentChannels(), FrameVae.KERNEL);
    }

    /** (N, 3, H, W) to (N, 2·Z, h, w). */
    Tensor forward(Tensor x) {
        return Scopes.keep(() -> {
            Tensor y = convIn.forward(convIn.adopt(x)); // (N, C, H, W)
            for (UnaryOperator<Tensor> level : levels) {
                Tensor in = y;
                y = level.apply(in); // (N, C, h, w)
                in.close();
            }
            return convOut.forward(torch.silu(normOut.forward(middle.forward(y)))); // (N, 2·Z, h, w)
        });
    }
}
