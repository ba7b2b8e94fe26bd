package kinema.cogvideo.image;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.nn.Conv2d;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * icetk's image tokenizer, a VQ autoencoder with one codebook for three rates: a code stands for 4, 8 or 16 rows and columns.
 * CogVideo uses rate 8.
 *
 * <p>Axes: B pictures, H rows, W columns, h = H / rate, w = W / rate. Immutable; safe to share between threads. Keys are those
 * below {@code module} in {@code ice_image.pt}.
 *
 * @see <a href="https://arxiv.org/abs/2204.14217">CogView2, section 3.1</a>
 */
public final class ImageAutoencoder {
    private static final float[] MEAN = {0.79093f, 0.76271f, 0.75340f};
    private static final float[] DEVIATION = {0.30379f, 0.32279f, 0.32800f};
    private static final long[] HALF = {2, 2};

    private final ImageConfig config;
    private final ImageEncoder encoder;
    private final List<Conv2d> halvings = new ArrayList<>();
    private final Codebook codebook;
    private final Map<Integer, ImageDecoder> decoders = new LinkedHashMap<>();

    /** An autoencoder over a tree with the authors' keys. */
    public ImageAutoencoder(Weights w, ImageConfig c) {
        config = c;
        encoder = new ImageEncoder(w.at("enc"), c);
        for (int i = 0; i + 1 < ImageConfig.RATES.size(); i++) {
            halvings.add(Conv2d.halvingPaddedAtEnd(
                    w.at("down_samplers").at(i).at("conv_down_sampler.conv"), c.stateChannels()));
        }
        codebook = new Codebook(w.at("quantize"), c);
        for (int i : c.decoders()) {
            decoders.put(i, new ImageDecoder(w.at("decs").at(i), c, c.decoderMultipliers(i)));
        }
    }

    /** The sizes. */
    public ImageConfig config() {
        return config;
    }

    /**
     * Pictures to ids.
     *
     * @param pixels (B, 3, H, W) RGB in [0, 1]; H and W multiples of the rate
     * @param rate 4, 8 or 16
     * @return (B, h, w) int64
     * @throws IllegalArgumentException for another rate or a size that it does not divide
     */
    public Tensor encode(Tensor pixels, int rate) {
        return Scopes.keep(() -> nearest(project(pixels, rate))); // (B, h, w)
    }

    /** The ids of the codes nearest to what {@link #project} made, (B, E, h, w): (B, h, w) int64. */
    public Tensor nearest(Tensor projected) {
        return codebook.nearest(projected);
    }

    /** The codes of (B, h, w) ids: (B, E, h, w). */
    public Tensor codes(Tensor ids) {
        return codebook.codes(ids);
    }

    /** What is compared with the codes; as {@link #encode}, (B, E, h, w). */
    public Tensor project(Tensor pixels, int rate) {
        Shapes.check("pixels", pixels, Shapes.ANY, 3, Shapes.ANY, Shapes.ANY);
        int times = ImageConfig.halvings(rate);
        if (pixels.size(2) % rate != 0 || pixels.size(3) % rate != 0) {
            throw new IllegalArgumentException("rows and columns must be multiples of the rate " + rate + ", found "
                    + pixels.size(2) + " and " + pixels.size(3));
        }
        return Scopes.keep(() -> {
            Tensor x = states(pixels); // (B, Z, H / 4, W / 4)
            for (int i = 0; i < times; i++) {
                Tensor pooled = torch.avg_pool2d(x, HALF, HALF, new long[] {0, 0}, false, true, null);
                x = pooled.add(halvings.get(i).forward(x)); // (B, Z, half, half)
            }
            return codebook.project(x); // (B, E, h, w)
        });
    }

    /** What comes out of the encoder: (B, Z, H / 4, W / 4). */
    Tensor states(Tensor pixels) {
        return Scopes.keep(() -> {
            Tensor normal = pixels.sub(perChannel(MEAN, pixels)).div(perChannel(DEVIATION, pixels)); // (B, 3, H, W)
            return encoder.forward(normal);
        });
    }

    /**
     * Ids to pictures.
     *
     * @param ids (B, h, w) int64
     * @param rate 4, 8 or 16
     * @return (B, 3, H, W) float32 RGB, in [0, 1] but for what the decoder overshoots
     * @throws IllegalArgumentException for another rate, or one that these weights have no decoder for
     */
    public Tensor decode(Tensor ids, int rate) {
        Shapes.check("ids", ids, Shapes.ANY, Shapes.ANY, Shapes.ANY);
        return Scopes.keep(() -> pictures(codes(ids), rate)); // (B, 3, H, W)
    }

    /** Codes, (B, E, h, w), to pictures; as {@link #decode}. */
    public Tensor pictures(Tensor codes, int rate) {
        ImageDecoder decoder = decoders.get(config.decoder(rate));
        if (decoder == null) {
            throw new IllegalArgumentException("this autoencoder has no decoder for rate " + rate);
        }
        return Scopes.keep(() -> {
            Tensor pixels = decoder.forward(codes).to(torch.ScalarType.Float); // (B, 3, H, W)
            return pixels.mul(perChannel(DEVIATION, pixels)).add(perChannel(MEAN, pixels)); // (B, 3, H, W)
        });
    }

    private static Tensor perChannel(float[] values, Tensor pixels) {
        return Tensors.of(values, 1, values.length, 1, 1).to(pixels.device(), pixels.scalar_type());
    }
}
