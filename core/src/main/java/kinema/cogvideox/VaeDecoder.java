package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The VAE's decoder: latents to pixels. Immutable. */
final class VaeDecoder {
    private final CausalConv3d convIn;
    private final List<VaeLayer> layers = new ArrayList<>();
    private final SpatialNorm3d normOut;
    private final CausalConv3d convOut;

    VaeDecoder(Weights w, VaeConfig c) {
        int last = c.blockOutChannels().size() - 1;
        long channels = c.blockOutChannels().get(last);
        convIn = new CausalConv3d(w.at("conv_in"), c.latentChannels(), channels);
        Weights middle = w.at("mid_block").at("resnets");
        resnet(middle.at(0), channels, channels, c);
        resnet(middle.at(1), channels, channels, c);
        for (int i = 0; i <= last; i++) {
            Weights block = w.at("up_blocks").at(i);
            long out = c.blockOutChannels().get(last - i);
            for (int j = 0; j <= c.layersPerBlock(); j++) {
                resnet(block.at("resnets").at(j), j == 0 ? channels : out, out, c);
            }
            if (i < last) {
                FrameConv conv = new FrameConv(block.at("upsamplers").at(0), out, 1, 1);
                boolean doublesTime = i < c.timeLevels();
                layers.add((x, latents, cache) ->
                        Scopes.keep(() -> conv.forward(doublesTime ? doubleAll(x) : resize(x, x.size(2)))));
            }
            channels = out;
        }
        normOut = new SpatialNorm3d(w.at("norm_out"), channels, c);
        convOut = new CausalConv3d(w.at("conv_out"), channels, c.outChannels());
    }

    private void resnet(Weights w, long in, long out, VaeConfig c) {
        layers.add(VaeResnet.decoder(w, in, out, c));
    }

    /**
     * Decodes the next chunk of latents.
     *
     * @param latents (B, Z, F, h, w), already divided by the scaling factor
     * @return (B, 3, T, H, W), about [-1, 1], not clamped; in the dtype of {@code latents}
     */
    Tensor forward(Tensor latents, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor z = convIn.adopt(latents).contiguous(MemoryFormat.ChannelsLast3d); // (B, Z, F, h, w)
            Tensor x = convIn.forward(z, cache); // (B, C, F, h, w)
            x = VaeLayer.chain(layers, x, z, cache); // (B, C, T, H, W)
            return convOut.forward(torch.silu_(normOut.forward(x, z)), cache).to(latents); // (B, 3, T, H, W)
        });
    }

    /** Doubles time, rows and columns; an odd number of frames keeps the first a single frame. */
    private static Tensor doubleAll(Tensor x) {
        long frames = x.size(2);
        if (frames == 1) {
            return resize(x, 1);
        }
        if (frames % 2 == 0) {
            return resize(x, 2 * frames);
        }
        return Tensors.cat(2, resize(x.narrow(2, 0, 1), 1), resize(x.narrow(2, 1, frames - 1), 2 * (frames - 1)));
    }

    private static Tensor resize(Tensor x, long frames) {
        return torch.upsample_nearest3d(x, frames, 2 * x.size(3), 2 * x.size(4));
    }
}
