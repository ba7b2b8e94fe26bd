package kinema.cogvideox.vae;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The VAE's decoder: latents to pixels. Immutable. */
public final class VaeDecoder {
    private final CausalConv3d convIn;
    private final List<VaeLayer> layers = new ArrayList<>();
    private final NormedConv out;

    public VaeDecoder(Weights w, VaeConfig c) {
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
                layers.add(new VaeUpsampler(block.at("upsamplers").at(0), out, i < c.timeLevels()));
            }
            channels = out;
        }
        out = new NormedConv(
                new SpatialNorm3d(w.at("norm_out"), channels, c),
                new CausalConv3d(w.at("conv_out"), channels, c.outChannels()));
    }

    private void resnet(Weights w, long in, long out, VaeConfig c) {
        layers.add(VaeResnet.decoder(w, in, out, c));
    }

    /** Whether derivatives are taken of what this makes of {@code x}. */
    boolean trains(Tensor x) {
        return convIn.trains(x);
    }

    /**
     * Decodes the next chunk of latents.
     *
     * @param latents (B, Z, F, h, w), already divided by the scaling factor
     * @return (B, 3, T, H, W), about [-1, 1], not clamped; in the dtype of {@code latents}
     */
    Tensor forward(Tensor latents, VaeRun run) {
        return Scopes.keep(() -> {
            Tensor z = convIn.adopt(latents).contiguous(MemoryFormat.ChannelsLast3d); // (B, Z, F, h, w)
            Slabs x = convIn.slabs(z, run); // (B, C, F, h, w)
            for (VaeLayer layer : layers) {
                x = layer.forward(x, z, run); // (B, C, T, H, W)
            }
            return x.drain(out.over(x, z, run)).join().to(latents); // (B, 3, T, H, W)
        });
    }
}
