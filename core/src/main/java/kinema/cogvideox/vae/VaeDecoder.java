package kinema.cogvideox.vae;

import java.util.LinkedHashMap;
import java.util.Map;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The VAE's decoder: latents to pixels. Immutable. */
public final class VaeDecoder {
    private final CausalConv3d convIn;
    private final Map<String, VaeLayer> layers = new LinkedHashMap<>(); // by their nodes' names, in order
    private final NormedConv out;

    /** Over the part {@code decoder} of an autoencoder. */
    public VaeDecoder(Weights w, VaeConfig c) {
        int last = c.blockOutChannels().size() - 1;
        long channels = c.blockOutChannels().get(last);
        convIn = new CausalConv3d(w.at("conv_in"), c.latentChannels(), channels);
        resnet(w, "mid_block.resnets.0", channels, channels, c);
        resnet(w, "mid_block.resnets.1", channels, channels, c);
        for (int i = 0; i <= last; i++) {
            String block = "up_blocks." + i;
            long out = c.blockOutChannels().get(last - i);
            for (int j = 0; j <= c.layersPerBlock(); j++) {
                resnet(w, block + ".resnets." + j, j == 0 ? channels : out, out, c);
            }
            if (i < last) {
                String name = block + ".upsamplers.0";
                layers.put(name, new VaeUpsampler(w.at(name), out, i < c.timeLevels()));
            }
            channels = out;
        }
        out = new NormedConv(
                new SpatialNorm3d(w.at("norm_out"), channels, c),
                new CausalConv3d(w.at("conv_out"), channels, c.outChannels()));
    }

    private void resnet(Weights w, String name, long in, long out, VaeConfig c) {
        layers.put(name, VaeResnet.decoder(w.at(name), in, out, c));
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
            run.made("conv_in", x);
            for (Map.Entry<String, VaeLayer> layer : layers.entrySet()) {
                x = layer.getValue().forward(x, z, run); // (B, C, T, H, W)
                run.made(layer.getKey(), x);
            }
            return x.drain(out.over(x, z, run)).join().to(latents); // (B, 3, T, H, W)
        });
    }
}
