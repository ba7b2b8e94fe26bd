package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import kinema.nn.GroupNorm;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The VAE's encoder: pixels to the mean and log-variance of the latents. Immutable. */
final class VaeEncoder {
    private static final long[] PAIR = {2, 1, 1};
    private static final long[] RIGHT_AND_BOTTOM = {0, 1, 0, 1};

    private final CausalConv3d convIn;
    private final List<VaeLayer> layers = new ArrayList<>();
    private final GroupNorm normOut;
    private final CausalConv3d convOut;

    VaeEncoder(Weights w, VaeConfig c) {
        long channels = c.blockOutChannels().get(0);
        convIn = new CausalConv3d(w.at("conv_in"), c.inChannels(), channels);
        int last = c.blockOutChannels().size() - 1;
        for (int i = 0; i <= last; i++) {
            Weights block = w.at("down_blocks").at(i);
            long out = c.blockOutChannels().get(i);
            for (int j = 0; j < c.layersPerBlock(); j++) {
                resnet(block.at("resnets").at(j), j == 0 ? channels : out, out, c);
            }
            if (i < last) {
                FrameConv conv = new FrameConv(block.at("downsamplers").at(0), out, 2, 0);
                boolean halvesTime = i < c.timeLevels();
                layers.add((x, latents, cache) -> Scopes.keep(
                        () -> conv.forward(torch.constant_pad_nd(halvesTime ? halveTime(x) : x, RIGHT_AND_BOTTOM))));
            }
            channels = out;
        }
        Weights middle = w.at("mid_block").at("resnets");
        resnet(middle.at(0), channels, channels, c);
        resnet(middle.at(1), channels, channels, c);
        normOut = new GroupNorm(w.at("norm_out"), channels, c.normGroups(), 1e-6);
        convOut = new CausalConv3d(w.at("conv_out"), channels, 2 * c.latentChannels());
    }

    private void resnet(Weights w, long in, long out, VaeConfig c) {
        layers.add(VaeResnet.encoder(w, in, out, c));
    }

    /**
     * Encodes the next chunk of frames.
     *
     * @param video (B, 3, T, H, W) in [-1, 1]
     * @return (B, 2·Z, F, h, w): mean, then log-variance; in the dtype of {@code video}
     */
    Tensor forward(Tensor video, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor x = convIn.forward(
                    convIn.adopt(video).contiguous(MemoryFormat.ChannelsLast3d), cache); // (B, C, T, H, W)
            x = VaeLayer.chain(layers, x, null, cache);
            return convOut.forward(torch.silu_(normOut.forward(x)), cache).to(video); // (B, 2·Z, F, h, w)
        });
    }

    /** Averages pairs of frames; an odd number of frames keeps the first as it is. */
    private static Tensor halveTime(Tensor x) {
        long frames = x.size(2);
        if (frames % 2 == 0) {
            return torch.avg_pool3d(x, PAIR);
        }
        Tensor first = x.narrow(2, 0, 1);
        return frames == 1 ? x : Tensors.cat(2, first, torch.avg_pool3d(x.narrow(2, 1, frames - 1), PAIR));
    }
}
