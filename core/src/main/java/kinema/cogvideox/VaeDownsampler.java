package kinema.cogvideox;

import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Halves time where asked for, by the mean of pairs of frames, of which an odd number keeps the first as it is; then halves
 * rows and columns by a convolution of each frame. Immutable.
 */
final class VaeDownsampler implements VaeLayer {
    private static final long[] PAIR = {2, 1, 1};
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
            return torch.avg_pool3d(x, PAIR);
        }
        Tensor first = x.narrow(2, 0, 1);
        return frames == 1 ? x : Tensors.cat(2, first, torch.avg_pool3d(x.narrow(2, 1, frames - 1), PAIR));
    }
}
