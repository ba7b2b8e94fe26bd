package kinema.cogvideox;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The VAE's decoder: latents to pixels. Immutable. */
final class VaeDecoder {
    /** One level: residual layers, then a doubling of the picture and, in the first levels, of time. */
    private record Level(List<VaeResnet> resnets, List<FrameConv> upsamplers, boolean doublesTime) {}

    private final CausalConv3d convIn;
    private final List<VaeResnet> mid;
    private final List<Level> levels = new ArrayList<>();
    private final SpatialNorm3d normOut;
    private final CausalConv3d convOut;

    VaeDecoder(Weights w, VaeConfig c) {
        int last = c.blockOutChannels().size() - 1;
        long channels = c.blockOutChannels().get(last);
        convIn = new CausalConv3d(w.at("conv_in"), c.latentChannels(), channels);
        Weights middle = w.at("mid_block").at("resnets");
        mid = List.of(
                VaeResnet.decoder(middle.at(0), channels, channels, c),
                VaeResnet.decoder(middle.at(1), channels, channels, c));
        for (int i = 0; i <= last; i++) {
            Weights block = w.at("up_blocks").at(i);
            long out = c.blockOutChannels().get(last - i);
            List<VaeResnet> resnets = new ArrayList<>();
            for (int j = 0; j <= c.layersPerBlock(); j++) {
                resnets.add(VaeResnet.decoder(block.at("resnets").at(j), j == 0 ? channels : out, out, c));
            }
            List<FrameConv> up = i == last
                    ? List.of()
                    : List.of(new FrameConv(block.at("upsamplers").at(0), out, 1, 1));
            levels.add(new Level(resnets, up, i < c.timeLevels()));
            channels = out;
        }
        normOut = new SpatialNorm3d(w.at("norm_out"), channels, c);
        convOut = new CausalConv3d(w.at("conv_out"), channels, c.outChannels());
    }

    /**
     * Decodes the next chunk of latents.
     *
     * @param latents (B, Z, F, h, w), already divided by the scaling factor
     * @return (B, 3, T, H, W), about [-1, 1], not clamped; in the dtype of {@code latents}
     */
    Tensor forward(Tensor latents, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor z = convIn.adopt(latents); // (B, Z, F, h, w)
            Tensor x = convIn.forward(z, cache);
            for (VaeResnet resnet : mid) {
                x = resnet.forward(x, z, cache);
            }
            for (Level level : levels) {
                x = level(level, x, z, cache);
            }
            return convOut.forward(torch.silu(normOut.forward(x, z)), cache).to(latents); // (B, 3, T, H, W)
        });
    }

    private static Tensor level(Level level, Tensor in, Tensor latents, ConvCache cache) {
        return Scopes.keep(() -> {
            Tensor x = in;
            for (VaeResnet resnet : level.resnets()) {
                x = resnet.forward(x, latents, cache);
            }
            for (FrameConv up : level.upsamplers()) {
                x = up.forward(level.doublesTime() ? doubleAll(x) : resize(x, x.size(2)));
            }
            return x;
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
