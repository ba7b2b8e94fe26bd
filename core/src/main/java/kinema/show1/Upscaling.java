package kinema.show1;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * All frames enlarged, in windows that share a frame: each is shown the small frames, noisy, and for its first
 * frame the clean large one that the window before, or the network for the first frame, made.
 *
 * @param small (1, 3, F, h, w)
 * @param first (1, 3, 1, s·h, s·w)
 * @param enlarging makes what the network is shown
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.4</a>
 */
record Upscaling(Tensor small, Tensor first, Enlarging enlarging) implements Windows {
    private static final long STRIDE = Show1Size.WINDOW - 1;

    @Override
    public int count() {
        return Math.toIntExact((small.size(2) - 1) / STRIDE);
    }

    @Override
    public Start begin(int window, @Nullable Tensor made, Rng rng) {
        long rows = first.size(3), columns = first.size(4);
        Tensor noise = rng.randn(1, 3, Show1Size.WINDOW, rows, columns);
        Tensor clean = made == null ? first : made.narrow(2, window * STRIDE, 1); // (1, 3, 1, H, W)
        Tensor condition = Scopes.keep(() -> {
            Tensor noisy = enlarging.of(small.narrow(2, window * STRIDE, Show1Size.WINDOW), rng); // (1, 3, 8, H, W)
            return Tensors.cat(2, clean, noisy.narrow(2, 1, STRIDE)); // (1, 3, 8, H, W)
        });
        return new Start(noise, condition);
    }

    @Override
    public Tensor add(int window, Tensor sample, @Nullable Tensor made) {
        return made == null
                ? sample
                : Scopes.keep(() -> {
                    Tensor before = made.narrow(2, 0, window * STRIDE); // without the frame that both windows have
                    return Tensors.cat(2, before, sample);
                });
    }
}
