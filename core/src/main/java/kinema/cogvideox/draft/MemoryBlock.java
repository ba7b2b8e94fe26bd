package kinema.cogvideox.draft;

import kinema.nn.Conv2d;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Three convolutions of each frame together with the frame before it, and the frame itself added: how a decoder of pictures comes
 * to know of time.
 *
 * <p>Axes: N frames, of all videos one after the other, C channels, H W rows, columns. Immutable.
 */
final class MemoryBlock {
    private static final int KERNEL = 3;

    private final Conv2d first, second, third;

    MemoryBlock(Weights w, long channels) {
        first = new Conv2d(w.at("conv.0"), 2 * channels, channels, KERNEL);
        second = new Conv2d(w.at("conv.2"), channels, channels, KERNEL);
        third = new Conv2d(w.at("conv.4"), channels, channels, KERNEL);
    }

    /**
     * Applies the block to the next frames.
     *
     * @param x (N, C, H, W)
     * @return (N, C, H, W)
     */
    Tensor forward(Tensor x, DraftRun run) {
        return Scopes.keep(() -> {
            Tensor pair = run.before(this, x); // (N, C, H, W)
            Tensor both = Tensors.cat(1, x, pair); // (N, 2·C, H, W)
            pair.close();
            Tensor y = relu(first.forward(both)); // (N, C, H, W)
            both.close();
            Tensor z = relu(second.forward(y)); // (N, C, H, W)
            y.close();
            return relu(third.forward(z).add_(x)); // (N, C, H, W)
        });
    }

    /** In place; under autograd too, since no convolution needs what it made. */
    static Tensor relu(Tensor x) {
        torch.relu_(x);
        return x;
    }
}
