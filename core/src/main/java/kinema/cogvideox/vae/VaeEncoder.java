package kinema.cogvideox.vae;

import java.util.ArrayList;
import java.util.List;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;

/** The VAE's encoder: pixels to the mean and log-variance of the latents. Immutable. */
public final class VaeEncoder {
    private static final double NORM_OUT_EPS = 1e-6;

    private final CausalConv3d convIn;
    private final List<VaeLayer> layers = new ArrayList<>();
    private final NormedConv out;

    /** Over the part {@code encoder} of an autoencoder. */
    public VaeEncoder(Weights w, VaeConfig c) {
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
                layers.add(new VaeDownsampler(block.at("downsamplers").at(0), out, i < c.timeLevels()));
            }
            channels = out;
        }
        Weights middle = w.at("mid_block").at("resnets");
        resnet(middle.at(0), channels, channels, c);
        resnet(middle.at(1), channels, channels, c);
        out = new NormedConv(
                VaeNorm.plain(w.at("norm_out"), channels, c.normGroups(), NORM_OUT_EPS),
                new CausalConv3d(w.at("conv_out"), channels, 2 * c.latentChannels()));
    }

    private void resnet(Weights w, long in, long out, VaeConfig c) {
        layers.add(VaeResnet.encoder(w, in, out, c));
    }

    /** Whether derivatives are taken of what this makes of {@code x}. */
    boolean trains(Tensor x) {
        return convIn.trains(x);
    }

    /**
     * Encodes the next chunk of frames.
     *
     * @param video (B, 3, T, H, W) in [-1, 1]
     * @return (B, 2·Z, F, h, w): mean, then log-variance; in the dtype of {@code video}
     */
    Tensor forward(Tensor video, VaeRun run) {
        return Scopes.keep(() -> {
            Tensor pixels = convIn.adopt(video).contiguous(MemoryFormat.ChannelsLast3d); // (B, 3, T, H, W)
            Slabs x = convIn.slabs(pixels, run); // (B, C, T, H, W)
            for (VaeLayer layer : layers) {
                x = layer.forward(x, null, run);
            }
            return x.drain(out.over(x, null, run)).join().to(video); // (B, 2·Z, F, h, w)
        });
    }
}
