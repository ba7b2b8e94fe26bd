package kinema.train.data;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import kinema.memory.Meter;
import kinema.tensor.Tensors;
import kinema.train.OptimizerRecipe;
import kinema.train.TrainingMemory;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What training a network of convolutions takes, found by running it without contents, with the graph of derivatives. */
public final class ConvolutionMemory {
    private static final long COLOURS = 3;

    private ConvolutionMemory() {}

    /**
     * That of the largest of a recipe's stages.
     *
     * @param network made of its weights, with all of them trained
     * @param pass takes clips, (B, 3, T, H, W), through the network up to a number to make smaller
     */
    public static <N> TrainingMemory of(
            Function<Weights, N> network,
            OptimizerRecipe optimizer,
            List<ClipStage> stages,
            BiConsumer<? super N, Tensor> pass) {
        return of(network, key -> true, optimizer, stages, pass);
    }

    /**
     * The same for a network of which not all is trained.
     *
     * @param moves whether the weight of a key is trained
     */
    public static <N> TrainingMemory of(
            Function<Weights, N> network,
            Predicate<String> moves,
            OptimizerRecipe optimizer,
            List<ClipStage> stages,
            BiConsumer<? super N, Tensor> pass) {
        long forward = stages.stream()
                .mapToLong(stage -> Meter.peak(
                        () -> network.apply(ShapeTree.trained(moves)), made -> pass.accept(made, clips(stage))))
                .max()
                .orElseThrow();
        List<LeafSpec> leaves = ShapeTree.of(network);
        return new TrainingMemory(
                TrainingMemory.trained(those(leaves, moves), optimizer),
                TrainingMemory.frozen(those(leaves, moves.negate())),
                TrainingMemory.convolutions(forward));
    }

    private static List<LeafSpec> those(List<LeafSpec> leaves, Predicate<String> which) {
        return leaves.stream().filter(leaf -> which.test(leaf.key())).toList();
    }

    private static Tensor clips(ClipStage stage) {
        return Tensors.meta(
                ScalarType.Float,
                stage.batch(),
                COLOURS,
                stage.size().frames(),
                stage.size().height(),
                stage.size().width());
    }
}
