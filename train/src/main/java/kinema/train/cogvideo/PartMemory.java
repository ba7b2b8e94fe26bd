package kinema.train.cogvideo;

import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.network.TokenLoss;
import kinema.cogvideo.upscale.LargePicture;
import kinema.cogvideo.upscale.LocalAttention;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.memory.Meter;
import kinema.tensor.Tensors;
import kinema.train.TrainingMemory;
import kinema.weights.ShapeTree;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What training a network on rows of tokens takes, found by running it without contents on a batch up to its loss, with the graph of
 * derivatives. Axes: B rows, T frames, N tokens of a frame, L of a text.
 *
 * @param recipe of the run
 * @param rows that it learns
 * @param sizes of the network
 */
record PartMemory(PartRecipe recipe, TokenRows.About rows, PartSizes sizes) {
    /** That of a network of these sizes. */
    static PartMemory of(PartSizes sizes) {
        return new PartMemory(sizes.recipe(), sizes.rows(), sizes);
    }

    /** Of the text-to-image model. */
    TrainingMemory ofBase() {
        BackboneConfig config = sizes.base();
        long batch = Meter.peak(
                () -> new Backbone(config, new BaseModel(ShapeTree.trained(), config.base()), null), backbone -> {
                    try (OnePass pass = OnePass.ofPicture(config, rows.startOfImage())) {
                        long[] frames = {recipe.batch(), 1, rows.frameTokens()}; // (B, 1, N)
                        var unused = TokenLoss.ofFrame(backbone, 0, states(pass, backbone, frames), learned(frames));
                    }
                });
        return new TrainingMemory(
                TrainingMemory.trained(ShapeTree.of(w -> new BaseModel(w, config.base())), recipe.optimizer()),
                0,
                batch);
    }

    /** Of what a stage adds to it. */
    TrainingMemory ofStage(Stage stage) {
        BackboneConfig config = sizes.stage(stage);
        long batch = Meter.peak(
                () -> new Backbone(
                        config,
                        new BaseModel(ShapeTree.meta(ScalarType.Float), config.base()),
                        new TemporalChannel(ShapeTree.trained(), config)),
                backbone -> {
                    try (OnePass pass = new OnePass(config, stage, rows.startOfImage())) {
                        long[] frames = {recipe.batch(), BackboneConfig.FRAMES, rows.frameTokens()}; // (B, T, N)
                        var unused = TokenLoss.of(backbone, stage, states(pass, backbone, frames), learned(frames));
                    }
                });
        return new TrainingMemory(
                TrainingMemory.trained(ShapeTree.of(w -> new TemporalChannel(w, config)), recipe.optimizer()),
                TrainingMemory.frozen(ShapeTree.of(w -> new BaseModel(w, config.base()))),
                batch);
    }

    /** Of what super-resolution adds to it, whose rows go through the network one by one. */
    TrainingMemory ofUpscaler() {
        UpscalerConfig config = sizes.upscaler();
        long row = Meter.peak(
                () -> new Upscaler(
                        config,
                        new BaseModel(ShapeTree.meta(ScalarType.Float), config.base()),
                        new LargePicture(ShapeTree.trained(), config)),
                network -> {
                    try (LocalAttention local = new LocalAttention(config)) {
                        Tensor states = network.forward(
                                given(1, rows.textTokens()), given(1, rows.frameTokens()), rows.startOfImage(), local);
                        var unused =
                                torch.cross_entropy_loss(network.logits(states).squeeze(0), learned(config.high()));
                    }
                });
        return new TrainingMemory(
                TrainingMemory.trained(ShapeTree.of(w -> new LargePicture(w, config)), recipe.optimizer()),
                TrainingMemory.frozen(ShapeTree.of(w -> new BaseModel(w, config.base()))),
                recipe.batch() * row);
    }

    private Tensor states(OnePass pass, Backbone backbone, long[] frames) {
        Tensor text = given(recipe.batch(), rows.textTokens()); // (B, L)
        return pass.forward(backbone, text, text, given(frames));
    }

    /** Ids that a network is given, which it moves about before it looks their rows up: there are such for numbers alone. */
    private static Tensor given(long... shape) {
        return Tensors.zeros(ScalarType.Long, shape);
    }

    /** Ids that a loss without contents is of. */
    private static Tensor learned(long... shape) {
        return Tensors.meta(ScalarType.Long, shape);
    }
}
