package kinema.train.cogvideox;

import java.util.List;
import java.util.function.Function;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.memory.Meter;
import kinema.nn.Recompute;
import kinema.tensor.Tensors;
import kinema.train.ClipSource.Shape;
import kinema.weights.ShapeTree;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What a slot's batch takes, found by running the networks without contents up to their loss, with the graph of derivatives.
 *
 * <p>Axes: B clips, F h w latent frames, rows, columns, Z latent channels, T H W frames, rows, columns of pixels, L text tokens, C width of a
 * text state.
 */
final class SlotMemory {
    /** Peak of a VAE's slot over that of its forward pass, measured for three sizes of clips (docs/LOG.md); a transformer's is 1. */
    private static final double DERIVATIVES = 1.7;

    private SlotMemory() {}

    /** Of a VAE: bytes of the forward pass of B clips, and of the derivatives, which come on top of it. */
    static long ofVae(VaeConfig config, boolean whole, Shape size, int batch) {
        return (long) (DERIVATIVES * forward(config, whole, size, batch));
    }

    private static long forward(VaeConfig config, boolean whole, Shape size, int batch) {
        return Meter.peak(
                () -> whole ? Vae.whole(ShapeTree.trained(), config) : new Vae(ShapeTree.trained(), config), vae -> {
                    Tensor video = meta(batch, 3, size.frames(), size.height(), size.width()); // (B, 3, T, H, W)
                    var unused = vae.decode(vae.encode(video).mean())
                            .sub(video)
                            .square()
                            .mean();
                });
    }

    /**
     * Of a transformer: bytes at the end of the forward pass of B clips, or, where blocks are computed again, with one block's graph.
     *
     * @param network makes it of a number of layers, with or without what is trained beside it
     * @param size of the latents: F, h, w, and L of the texts
     */
    static long ofTransformer(
            Function<TransformerConfig, ExpertTransformer> network,
            TransformerConfig config,
            Positions.Size size,
            int batch,
            boolean recompute) {
        if (!recompute) {
            return forward(network, config, size, batch, null);
        }
        try (Recompute again = new Recompute()) {
            return forward(network, config, size, batch, again)
                    + forward(network, config.withLayers(1), size, batch, null);
        }
    }

    private static long forward(
            Function<TransformerConfig, ExpertTransformer> network,
            TransformerConfig c,
            Positions.Size size,
            int batch,
            @Nullable Recompute recompute) {
        return Meter.peak(() -> network.apply(c), transformer -> {
            try (Positions positions = Positions.meta(c, size)) {
                Tensor latents = meta(
                        batch, size.frames(), c.inChannels(), size.height(), size.width()); // (B, F, Z or 2·Z, h, w)
                Tensor text = meta(batch, size.textTokens(), c.textEmbedDim()); // (B, L, C)
                Tensor time = Tensors.of(new long[batch], batch); // (B)
                List<Tensor> out = transformer.train(List.of(latents), List.of(text), time, positions, recompute);
                var unused = out.get(0).square().mean();
            }
        });
    }

    private static Tensor meta(long... shape) {
        return Tensors.meta(ScalarType.Float, shape);
    }
}
