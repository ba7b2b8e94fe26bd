package kinema.cogvideox.vae;

import kinema.tensor.Tensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Doubles rows and columns, and time where asked for, by repeating the nearest; then convolves each frame. Of an odd number
 * of frames the first stays a single one. Immutable.
 */
final class VaeUpsampler implements VaeLayer {
    private final FrameConv conv;
    private final boolean doublesTime;

    VaeUpsampler(Weights w, long channels, boolean doublesTime) {
        conv = new FrameConv(w, channels, 1, 1);
        this.doublesTime = doublesTime;
    }

    @Override
    public Slabs forward(Slabs x, @Nullable Tensor latents, VaeRun run) {
        try (Tensor in = x.join()) { // (B, C, T, H, W)
            boolean time = doublesTime && in.size(2) > 1;
            long alone = time ? in.size(2) % 2 : 0;
            long frames = time ? 2 * in.size(2) - alone : in.size(2);
            long length = run.slabLength(4 * in.nbytes() / in.size(2));
            return Slabs.make(frames, length, (start, n) -> {
                long from = time ? (start + alone) / 2 : start;
                long to = time ? (start + n - 1 + alone) / 2 : start + n - 1;
                return conv.forward(stretch(in.narrow(2, from, to - from + 1), n)); // (B, C, n, 2H, 2W)
            });
        }
    }

    /** (B, C, t, H, W) to (B, C, n, 2H, 2W), where n is t, 2t, or 2t - 1 with the first frame once. */
    private static Tensor stretch(Tensor x, long n) {
        long frames = x.size(2);
        if (n % frames == 0) {
            return resize(x, n);
        }
        return Tensors.cat(2, resize(x.narrow(2, 0, 1), 1), resize(x.narrow(2, 1, frames - 1), n - 1));
    }

    private static Tensor resize(Tensor x, long frames) {
        return torch.upsample_nearest3d(x, frames, 2 * x.size(3), 2 * x.size(4));
    }
}
