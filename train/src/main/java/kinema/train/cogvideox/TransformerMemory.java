package kinema.train.cogvideox;

import java.util.List;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.train.ClipSource.Shape;
import kinema.train.TrainingMemory;
import kinema.weights.LeafSpec;
import kinema.weights.LoraShape;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** What a run of a transformer's recipe takes: that of its largest clips. A pack counts as a batch of clips of one size. */
final class TransformerMemory {
    private TransformerMemory() {}

    /** Read from configs alone. */
    static TrainingMemory of(TransformerRecipe recipe) {
        TransformerConfig whole = TransformerModel.config(recipe);
        VaeConfig vae = TransformerModel.vae(recipe);
        LoraShape lora = TransformerModel.lora(recipe);
        List<LeafSpec> all = ShapeTree.of(w -> new ExpertTransformer(w, whole));
        long batch = 0;
        for (TransformerRecipe.Stage stage : recipe.stages()) {
            for (Shape clip : stage.sizes()) {
                batch = Math.max(
                        batch,
                        SlotMemory.ofTransformer(
                                config -> withoutContents(config, lora),
                                whole,
                                size(clip, whole, vae),
                                stage.batch(),
                                recipe.recompute()));
            }
        }
        if (lora == null) {
            return new TrainingMemory(TrainingMemory.trained(all, recipe.optimizer()), 0, batch);
        }
        List<LeafSpec> changes = ShapeTree.of(lora.tree(w -> new ExpertTransformer(w, whole)));
        return new TrainingMemory(
                TrainingMemory.trained(changes, recipe.optimizer()), TrainingMemory.frozen(all), batch);
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
