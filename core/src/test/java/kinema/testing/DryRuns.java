package kinema.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import kinema.memory.Meter;
import kinema.tensor.Quantization;
import kinema.tensor.Tensors;
import kinema.weights.Init;
import kinema.weights.Matrix;
import kinema.weights.ShapeTree;
import kinema.weights.WeightSource;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Holds runs without contents against real ones. */
public final class DryRuns {
    /** Makes tensors of the meta device, or of the processor. */
    public record Maker(boolean meta) {
        /** Zeros, or nothing. */
        public Tensor make(ScalarType dtype, long... shape) {
            return meta ? Tensors.meta(dtype, shape) : Tensors.zeros(dtype, shape);
        }
    }

    private DryRuns() {}

    /** Makes sure that a network without contents takes what the same network takes that computes, to the byte. */
    public static <N> void assertSamePeak(Function<Weights, N> network, ScalarType dtype, BiConsumer<N, Maker> run) {
        assertSamePeak(network, dtype, 0, run);
    }

    /** Makes sure of the same of a network whose quantizable maps are in 8 bits. */
    public static <N> void assertSamePeakInBytes(
            Function<Weights, N> network, ScalarType dtype, BiConsumer<N, Maker> run) {
        long dry = Meter.peak(
                () -> network.apply(ShapeTree.meta(dtype, Quantization.INT8)), n -> run.accept(n, new Maker(true)));
        Weights real = new Weights(new WeightSource() {
            @Override
            public Tensor leaf(String key, Init init, long[] shape) {
                return Tensors.zeros(dtype, shape);
            }

            @Override
            public Matrix matrix(String key, Init init, long[] shape) {
                return new Matrix(Tensors.zeros(ScalarType.Char, shape), Tensors.zeros(ScalarType.Float, shape[0]));
            }
        });
        assertThat(dry)
                .isPositive()
                .isEqualTo(Meter.peak(() -> network.apply(real), n -> run.accept(n, new Maker(false))));
    }

    /** Makes sure of the same, but for a twentieth, of a network that is trained, up to its loss. */
    public static <N> void assertSameTraining(Function<Weights, N> network, BiFunction<N, Maker, Tensor> loss) {
        long dry = training(network, ShapeTree.trained(), loss, new Maker(true));
        Weights real = new Weights(
                (key, init, shape) -> Tensors.zeros(ScalarType.Float, shape).set_requires_grad(true));
        assertThat(dry).isCloseTo(training(network, real, loss, new Maker(false)), withinPercentage(5));
    }

    private static <N> long training(
            Function<Weights, N> network, Weights weights, BiFunction<N, Maker, Tensor> loss, Maker maker) {
        return Meter.peak(() -> network.apply(weights), n -> {
            var unused = loss.apply(n, maker);
        });
    }

    /**
     * The same of a network that is given so many bytes of real indexes: without contents they are there twice, as numbers
     * and as a tensor of the meta device.
     */
    public static <N> void assertSamePeak(
            Function<Weights, N> network, ScalarType dtype, long indexes, BiConsumer<N, Maker> run) {
        long dry = Meter.dryRun(network, dtype, n -> run.accept(n, new Maker(true)));
        long real = Meter.peak(
                () -> network.apply(new Weights((key, init, shape) -> Tensors.zeros(dtype, shape))),
                n -> run.accept(n, new Maker(false)));
        assertThat(dry).isBetween(Math.max(1, real), real + indexes);
    }
}
