package kinema.show1.vae;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import kinema.nn.Conv2d;
import kinema.nn.Posterior;
import kinema.tensor.Device;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.OnDemand;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The autoencoder of pictures that latent diffusion is known for; a video goes through it frame by frame.
 *
 * <p>Axes: F frames, Z latent channels, H W rows and columns of pixels, h w of latents. Immutable; safe to share between
 * threads.
 *
 * @see <a href="https://arxiv.org/abs/2112.10752">Latent diffusion, section 3.1 and appendix G</a>
 */
public final class FrameVae {
    static final long KERNEL = 3;
    static final long COLOURS = 3;

    private final FrameVaeConfig config;
    private final OnDemand<FrameEncoder> encoder;
    private final OnDemand<Conv2d> quantConv;
    private final OnDemand<Conv2d> postQuantConv;
    private final OnDemand<FrameDecoder> decoder;

    /** An autoencoder over a tree with the published keys. */
    public FrameVae(Weights w, FrameVaeConfig c) {
        config = c;
        long moments = 2 * c.latentChannels();
        encoder = w.at("encoder").part(at -> new FrameEncoder(at, c));
        quantConv = w.at("quant_conv").part(at -> new Conv2d(at, moments, moments, 1));
        postQuantConv = w.at("post_quant_conv").part(at -> new Conv2d(at, c.latentChannels(), c.latentChannels(), 1));
        decoder = w.at("decoder").part(at -> new FrameDecoder(at, c));
    }

    /**
     * Lets the names that older files have for the attention's maps stand for those it asks for.
     *
     * @param checkpoint of a {@code vae} folder
     */
    public static void alias(Checkpoint checkpoint) {
        String[][] names = {{"query", "to_q"}, {"key", "to_k"}, {"value", "to_v"}, {"proj_attn", "to_out.0"}};
        for (String half : new String[] {"encoder", "decoder"}) {
            String node = half + ".mid_block.attentions.0.";
            for (String[] name : names) {
                checkpoint.alias(node + name[0] + ".weight", node + name[1] + ".weight");
                checkpoint.alias(node + name[0] + ".bias", node + name[1] + ".bias");
            }
        }
    }

    /** The configuration this was made with. */
    public FrameVaeConfig config() {
        return config;
    }

    /**
     * Encodes frames, one by one.
     *
     * @param frames (F, 3, H, W) in [-1, 1], rows and columns multiples of {@link FrameVaeConfig#compression}
     * @return what their latents, unscaled, are distributed as
     * @throws IllegalArgumentException for another shape
     */
    public Posterior encode(Tensor frames) {
        Shapes.check("frames", frames, Shapes.ANY, COLOURS, Shapes.ANY, Shapes.ANY);
        long unit = config.compression();
        if (frames.size(2) % unit != 0 || frames.size(3) % unit != 0) {
            throw new IllegalArgumentException("rows and columns must be multiples of " + unit + ", found "
                    + frames.size(2) + " and " + frames.size(3));
        }
        return Scopes.keepAll(
                () -> {
                    Tensor moments = encoder.use(e ->
                            quantConv.use(q -> each(frames, x -> q.forward(e.forward(x))))); // (F, 2·Z, h, w)
                    return Posterior.of(moments);
                },
                posterior -> List.of(posterior.mean(), posterior.logVariance()));
    }

    /**
     * Decodes latents, one frame after the other.
     *
     * @param latents (F, Z, h, w), unscaled
     * @return (F, 3, H, W) float32, about [-1, 1]
     * @throws IllegalArgumentException for another shape
     */
    public Tensor decode(Tensor latents) {
        Shapes.check("latents", latents, Shapes.ANY, config.latentChannels(), Shapes.ANY, Shapes.ANY);
        return decoder.use(d -> postQuantConv.use(q -> each(latents, z -> d.forward(q.forward(q.adopt(z))))));
    }

    /** Applies a map to frames one by one: what lies between its layers is never there for two. */
    private static Tensor each(Tensor frames, UnaryOperator<Tensor> map) {
        return Scopes.keep(() -> {
            List<Tensor> made = new ArrayList<>();
            for (long i = 0; i < frames.size(0); i++) {
                long at = i;
                made.add(Scopes.keep(() -> Device.CPU.place(map.apply(frames.narrow(0, at, 1)), ScalarType.Float)));
            }
            return Tensors.cat(0, made.toArray(Tensor[]::new));
        });
    }
}
