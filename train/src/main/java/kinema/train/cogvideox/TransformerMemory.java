package kinema.train.cogvideox;

import java.util.List;
import java.util.function.Function;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.memory.Meter;
import kinema.nn.Recompute;
import kinema.tensor.Tensors;
import kinema.train.ClipSource.Shape;
import kinema.train.TrainingMemory;
import kinema.weights.LeafSpec;
import kinema.weights.LoraShape;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What a run of a transformer's recipe takes: that of its largest clips, found by running the network without contents up to its loss, with
 * the graph of derivatives. A pack counts as a batch of clips of one size.
 *
 * <p>Axes: B clips, F h w latent frames, rows, columns, Z latent channels, L text tokens, C width of a text state.
 */
final class TransformerMemory {
    private TransformerMemory() {}

    /** Read from configs alone. */
    static TrainingMemory of(TransformerRecipe recipe) {
        TransformerConfig whole = TransformerModel.config(recipe);
        VaeConfig vae = TransformerModel.vae(recipe);
        LoraShape lora = TransformerModel.lora(recipe);
        List<LeafSpec> all = ShapeTree.of(w -> new ExpertTransformer(w, whole));
        boolean taught = recipe.distill().steps() > 0;
        long batch = 0;
        for (TransformerRecipe.Stage stage : recipe.stages()) {
            for (Shape clip : stage.sizes()) {
                Positions.Size size = size(clip, whole, vae);
                batch = Math.max(
                        batch,
                        slot(config -> withoutContents(config, lora), whole, size, stage.batch(), recipe.recompute()));
                batch = Math.max(batch, taught ? teacher(whole, size, stage.batch()) : 0);
            }
        }
        long frozen = TrainingMemory.frozen(all);
        long beside = (lora == null ? 0 : frozen) + (taught ? frozen : 0);
        List<LeafSpec> trained = lora == null ? all : ShapeTree.of(lora.tree(w -> new ExpertTransformer(w, whole)));
        return new TrainingMemory(TrainingMemory.trained(trained, recipe.optimizer()), beside, batch);
    }

    /** Bytes of a teacher's step, guided, without derivatives. */
    private static long teacher(TransformerConfig config, Positions.Size size, int batch) {
        return forward(c -> new ExpertTransformer(ShapeTree.meta(ScalarType.Float), c), config, size, 2 * batch, null);
    }

    /**
     * Bytes at the end of the forward pass of B clips, or, where blocks are computed again, with one block's graph.
     *
     * @param network makes it of a number of layers, with or without what is trained beside it
     * @param size of the latents: F, h, w, and L of the texts
     */
    private static long slot(
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

    private static ExpertTransformer withoutContents(TransformerConfig config, @Nullable LoraShape lora) {
        Weights trained = ShapeTree.trained();
        return new ExpertTransformer(
                lora == null ? trained : ShapeTree.meta(ScalarType.Float).with(lora.adapters(trained)), config);
    }

    /** The latents of a clip, with the frames that fill whole patches. */
    private static Positions.Size size(Shape clip, TransformerConfig config, VaeConfig vae) {
        long unit = vae.spatialCompression();
        long frames = (clip.frames() - 1) / vae.temporalCompression() + 1;
        long patch = config.framesPerPatch();
        return new Positions.Size(
                config.maxTextLength(),
                (frames + patch - 1) / patch * patch,
                clip.height() / unit,
                clip.width() / unit);
    }
}
