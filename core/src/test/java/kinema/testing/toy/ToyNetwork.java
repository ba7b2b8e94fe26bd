package kinema.testing.toy;

import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Predicts the velocity of pixels from what stands in their own place.
 *
 * <p>Axes: T H W frames, rows, columns.
 */
final class ToyNetwork {
    /** Those of the pixels, of the pixels it follows, of the text and of the time. */
    static final long CHANNELS = 3 + 3 + ToyFiles.LETTERS + 1;

    private static final double TIMESTEPS = 1000;

    private final Linear mix;

    ToyNetwork(Weights w) {
        mix = new Linear(w.at("mix"), CHANNELS, 3);
    }

    /**
     * The velocity.
     *
     * @param x (T, H, W, 3)
     * @param guide the pixels it follows, as {@code x}
     * @param text (L)
     * @return (T, H, W, 3)
     */
    Tensor forward(Tensor x, Tensor guide, Tensor text, int timestep) {
        return Scopes.keep(() -> {
            long[] shape = x.shape();
            Tensor states = text.view(1, 1, 1, ToyFiles.LETTERS).expand(shape[0], shape[1], shape[2], -1);
            Tensor time = x.narrow(3, 0, 1).mul(new Scalar(0.0)).add(new Scalar(timestep / TIMESTEPS)); // (T, H, W, 1)
            return mix.forward(Tensors.cat(3, x, guide, states, time)).tanh(); // (T, H, W, 3)
        });
    }
}
