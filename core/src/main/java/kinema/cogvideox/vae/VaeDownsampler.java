package kinema.cogvideox.vae;

import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Halves time where asked for, by the mean of pairs of frames, of which an odd number keeps the first as it is; then halves
 * rows and columns by a convolution of each frame. Immutable.
 */
final class VaeDownsampler implements VaeLayer {
    private static final long[] RIGHT_AND_BOTTOM = {0, 1, 0, 1};

    private final FrameConv conv;
    private final boolean halvesTime;

    VaeDownsampler(Weights w, long channels, boolean halvesTime) {
        conv = new FrameConv(w, channels, 2, 0);
        this.halvesTime = halvesTime;
    }

    @Override
    public Slabs forward(Slabs x, @Nullable Tensor latents, VaeRun run) {
        return Slabs.keep(() -> {
            Slabs halved = x.drain(i -> conv.forward(torch.constant_pad_nd(
                    halvesTime ? halveTime(x.get(i)) : x.get(i), RIGHT_AND_BOTTOM))); // (B, C, T', H/2, W/2)
            return run.cut(halved.join());
        });
    }

    private static Tensor halveTime(Tensor x) {
        long frames = x.size(2);
        if (frames % 2 == 0) {
            return pairMeans(x);
        }
        Tensor first = x.narrow(2, 0, 1);
        return frames == 1 ? x : Tensors.cat(2, first, pairMeans(x.narrow(2, 1, frames - 1)));
    }

    /**
     * Of pairs of frames, (B, C, T, H, W) to (B, C, T/2, H, W). PyTorch's own pooling knows no bfloat16 on a processor, and
     * loses the channels-last layout.
     */
    private static Tensor pairMeans(Tensor x) {
        Tensor pairs = x.view(x.size(0), x.size(1), x.size(2) / 2, 2, x.size(3), x.size(4));
        return pairs.select(3, 0).add(pairs.select(3, 1)).mul_(new Scalar(0.5));
    }
}
