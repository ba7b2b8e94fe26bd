package kinema.bench;

import java.util.List;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;

/** How many floating-point operations a network needs; a multiply and an add count as two. Norms and the like are left out. */
final class Flops {
    private static final double CAUSAL = 2 * 27;
    private static final double FRAME = 2 * 9;

    private Flops() {}

    /** A matrix product of n × n matrices. */
    static double matmul(long n) {
        return 2.0 * n * n * n;
    }

    /** One forward of the transformer over {@code textTokens} and {@code videoTokens}, {@code batch} times. */
    static double transformer(TransformerConfig c, long batch, long textTokens, long videoTokens) {
        double s = textTokens + videoTokens;
        double d = c.width();
        double linear = 24 * d * d * s; // q, k, v, out: 8 D²; feed-forward: 16 D²
        double attention = 4 * s * s * d;
        double ends = 2
                * d
                * (c.textEmbedDim() * (double) textTokens
                        + (c.patchVolume(c.inChannels()) + c.patchVolume(c.outChannels())) * (double) videoTokens);
        return batch * (c.layers() * (linear + attention) + ends);
    }

    /** Decoding an odd number of latent frames of {@code height} × {@code width} points. */
    static double decode(VaeConfig c, long latentFrames, long height, long width) {
        List<Long> channels = c.blockOutChannels();
        int last = channels.size() - 1;
        double frames = latentFrames;
        double points = frames * height * width;
        double in = channels.get(last);
        double flop = CAUSAL * c.latentChannels() * in * points + 2 * resnet(in, in, points);
        for (int i = 0; i <= last; i++) {
            double out = channels.get(last - i);
            for (int j = 0; j <= c.layersPerBlock(); j++) {
                flop += resnet(j == 0 ? in : out, out, points);
            }
            in = out;
            if (i < last) {
                frames = 1L << i < c.temporalCompression() ? 2 * (frames - 1) + 1 : frames;
                points = frames * height * width * Math.pow(4, i + 1.0);
                flop += FRAME * out * out * points;
            }
        }
        return flop + CAUSAL * in * c.outChannels() * points;
    }

    private static double resnet(double in, double out, double points) {
        return (CAUSAL * (in * out + out * out) + (in == out ? 0 : 2 * in * out)) * points;
    }
}
