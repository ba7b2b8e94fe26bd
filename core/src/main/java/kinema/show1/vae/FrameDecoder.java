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

/** From latents to pictures. N pictures, Z latent channels. */
final class FrameDecoder {
    private final Conv2d convIn;
    private final VaeMiddle middle;
    private final List<UnaryOperator<Tensor>> levels = new ArrayList<>();
    private final GroupNorm normOut;
    private final Conv2d convOut;

    FrameDecoder(Weights w, FrameVaeConfig c) {
        List<Long> widths = c.widths();
        int coarsest = widths.size() - 1;
        long width = widths.get(coarsest);
        convIn = new Conv2d(w.at("conv_in"), c.latentChannels(), width, FrameVae.KERNEL);
        middle = new VaeMiddle(w.at("mid_block"), c, width);
        for (int i = 0; i < widths.size(); i++) {
            Weights block = w.at("up_blocks").at(i);
            for (int j = 0; j <= c.layers(); j++) {
                levels.add(
                        new Resnet2d(
                                        block.at("resnets").at(j),
                                        width,
                                        widths.get(coarsest - i),
                                        c.groups(),
                                        "conv_shortcut")::forward);
                width = widths.get(coarsest - i);
            }
            if (i < coarsest) {
                levels.add(doubling(block.at("upsamplers.0.conv"), width));
            }
        }
        normOut = new GroupNorm(w.at("conv_norm_out"), width, c.groups(), Resnet2d.EPS);
        convOut = new Conv2d(w.at("conv_out"), width, FrameVae.COLOURS, FrameVae.KERNEL);
    }

    /** (N, Z, h, w) to (N, 3, H, W). */
    Tensor forward(Tensor z) {
        return Scopes.keep(() -> {
            Tensor y = middle.forward(convIn.forward(z)); // (N, C, h, w)
            for (UnaryOperator<Tensor> level : levels) {
                Tensor in = y;
                y = level.apply(in); // (N, C, H, W)
                in.close();
            }
            return convOut.forward(torch.silu(normOut.forward(y))); // (N, 3, H, W)
        });
    }

    private static UnaryOperator<Tensor> doubling(Weights w, long width) {
        Conv2d conv = new Conv2d(w, width, width, FrameVae.KERNEL);
        return x ->
                Scopes.keep(() -> conv.forward(torch.upsample_nearest2d(x, new long[] {2 * x.size(2), 2 * x.size(3)})));
    }
}
