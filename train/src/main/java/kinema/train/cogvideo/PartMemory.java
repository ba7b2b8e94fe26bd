package kinema.train.cogvideo;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.OnePass;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.StageNetwork;
import kinema.cogvideo.network.TokenLoss;
import kinema.cogvideo.upscale.LocalAttention;
import kinema.cogvideo.upscale.Upscaler;
import kinema.cogvideo.upscale.UpscalerConfig;
import kinema.memory.Meter;
import kinema.tensor.Tensors;
import kinema.train.TrainingMemory;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What training a network on rows of tokens takes, found by running it without contents on a batch up to its loss, with the graph of
 * derivatives. Axes: B rows, T frames, N tokens of a frame, L of a text.
 *
 * @param sizes of the network, with the run's recipe and rows
 */
record PartMemory(PartSizes sizes) {
    /** Of the text-to-image model. */
    TrainingMemory ofBase() {
        BackboneConfig config = sizes.base();
        long batch = Meter.peak(
                () -> new Backbone(config, new BaseModel(ShapeTree.trained(), config.base()), null), backbone -> {
                    try (OnePass pass = OnePass.ofPicture(config, rows().startOfImage())) {
                        long[] frames = {recipe().batch(), 1, rows().frameTokens()}; // (B, 1, N)
                        var unused = TokenLoss.ofFrame(backbone, 0, states(pass, backbone, frames), learned(frames));
                    }
                });
        return new TrainingMemory(
                TrainingMemory.trained(ShapeTree.of(w -> new BaseModel(w, config.base())), recipe().optimizer()),
                0,
                batch);
    }

    /** Of a stage. */
    TrainingMemory ofStage(Stage stage) {
        BackboneConfig config = sizes.stage(stage);
        long batch = Meter.peak(() -> StageNetwork.of(trained(), config).whole(), backbone -> {
            try (OnePass pass = new OnePass(config, stage, rows().startOfImage(), recipe().pbRelax())) {
                long[] frames = {recipe().batch(), BackboneConfig.FRAMES, rows().frameTokens()}; // (B, T, N)
                var unused = TokenLoss.of(backbone, stage, states(pass, backbone, frames), learned(frames));
            }
        });
        return of(w -> StageNetwork.of(w, config), batch);
    }

    /** Of super-resolution. */
    TrainingMemory ofUpscaler() {
        UpscalerConfig config = sizes.upscaler();
        long batch = Meter.peak(() -> Upscaler.of(trained(), config), network -> {
            try (LocalAttention local = new LocalAttention(config)) {
                Tensor text = given(recipe().batch(), rows().textTokens()); // (B, L)
                Tensor small = given(recipe().batch(), rows().frameTokens()); // (B, n)
                Tensor states = network.forward(text, text, small, rows().startOfImage(), local); // (B, N, D)
                Tensor large = learned(recipe().batch() * config.high());
                var unused = torch.cross_entropy_loss(network.logits(states).flatten(0, 1), large);
            }
        });
        return of(w -> Upscaler.of(w, config), batch);
    }

    /** Weights without contents, of which those have derivatives that the run trains. */
    private Weights trained() {
        return ShapeTree.trained(AddedWeights.moves(recipe()));
    }

    private TrainingMemory of(Function<Weights, ?> network, long batch) {
        List<LeafSpec> leaves = ShapeTree.of(network);
        Predicate<String> moves = AddedWeights.moves(recipe());
        return new TrainingMemory(
                TrainingMemory.trained(of(leaves, moves), recipe().optimizer()),
                TrainingMemory.frozen(of(leaves, moves.negate())),
                batch);
    }

    private static List<LeafSpec> of(List<LeafSpec> leaves, Predicate<String> which) {
        return leaves.stream().filter(leaf -> which.test(leaf.key())).toList();
    }

    private PartRecipe recipe() {
        return sizes.recipe();
    }

    private TokenRows.About rows() {
        return sizes.rows();
    }

    private Tensor states(OnePass pass, Backbone backbone, long[] frames) {
        Tensor text = given(recipe().batch(), rows().textTokens()); // (B, L)
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
