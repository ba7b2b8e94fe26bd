package kinema.show1.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Leaves out one in ten of the numbers that go into a convolution over time, at random, and makes the others larger by as much:
 * what the published networks do in training, and Show-1's key frames also in use, where its authors' script leaves
 * that network in training's mode.
 *
 * <p>Axes: B samples, C channels, F frames, H W rows and columns.
 */
public final class Dropout {
    private static final double KEPT = 0.9;

    /** The convolutions of a {@link TemporalConv} that have one: all but the first. */
    private static final int LAYERS = 3;

    private final Function<long[], Tensor> draw;

    /** With masks that {@code draw} makes. */
    Dropout(Function<long[], Tensor> draw) {
        this.draw = draw;
    }

    /** With random numbers of {@code rng}, for all samples of a layer before the next one's, as PyTorch draws them on the CPU. */
    public static Dropout of(Rng rng) {
        return new Dropout(shape -> rng.bernoulli(KEPT, shape).div_(new Scalar(KEPT)));
    }

    /** Without contents, for a dry run. */
    public static Dropout dry() {
        return new Dropout(shape -> Tensors.meta(ScalarType.Float, shape));
    }

    /**
     * Draws what the convolutions of a layer are multiplied with.
     *
     * @param samples B
     * @param shape (F, C, H, W), that of each sample
     * @return for each sample, for each convolution: (1, C, F, H·W) of 0 and 1 / 0.9, in the caller's scope
     */
    List<List<Tensor>> masks(int samples, long... shape) {
        List<List<Tensor>> masks = new ArrayList<>();
        for (int i = 0; i < samples; i++) {
            masks.add(new ArrayList<>());
        }
        for (int layer = 0; layer < LAYERS; layer++) {
            Tensor all = Scopes.keep(() -> draw.apply(new long[] {samples, shape[1], shape[0], shape[2] * shape[3]}));
            for (int i = 0; i < samples; i++) {
                masks.get(i).add(all.narrow(0, i, 1)); // (1, C, F, H·W)
            }
            all.close();
        }
        return masks;
    }
}
