package kinema.show1;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Frames between two key frames, a window for each gap. The network is shown one key frame fading into the other and a mask
 * that is 1 where the frame is a key frame. It makes the key frames anew; the windows read the ones that were made first.
 *
 * @param keys (1, 3, K, H, W)
 * @param keep whether the video has these and not those that were made anew
 * @see <a href="https://arxiv.org/abs/2309.15818">Show-1, section 3.3</a>
 */
public record Interpolation(Tensor keys, boolean keep) implements Windows {
    private static final int LAST = Show1Size.KEY_EVERY; // of the frames of a window

    @Override
    public int count() {
        return Math.toIntExact(keys.size(2)) - 1;
    }

    @Override
    public Start begin(int window, @Nullable Tensor made, Rng rng) {
        long rows = keys.size(3), columns = keys.size(4);
        Tensor noise = rng.randn(1, 3, LAST + 1, rows, columns);
        return new Start(noise, condition(keys.narrow(2, window, 1), keys.narrow(2, window + 1L, 1)));
    }

    @Override
    public Tensor add(int window, Tensor sample, @Nullable Tensor made) {
        return Scopes.keep(() -> {
            Tensor frames = keep
                    ? Tensors.cat(2, key(window), sample.narrow(2, 1, LAST - 1L), key(window + 1L)) // (1, 3, 5, H, W)
                    : sample.alias();
            if (made == null) {
                return frames;
            }
            Tensor before = made.narrow(2, 0, (long) window * LAST); // without the frame that both windows have
            return Tensors.cat(2, before, frames); // (1, 3, 4·(window + 1) + 1, H, W)
        });
    }

    private Tensor key(long index) {
        return keys.narrow(2, index, 1); // (1, 3, 1, H, W)
    }

    /**
     * What the network is shown of a window: one key frame fading into the other, and the mask.
     *
     * @param first (B, 3, 1, H, W)
     * @param last (B, 3, 1, H, W)
     * @return (B, 4, 5, H, W)
     */
    public static Tensor condition(Tensor first, Tensor last) {
        return Scopes.keep(() -> {
            Tensor[] frames = new Tensor[LAST + 1];
            for (int i = 0; i <= LAST; i++) {
                double part = (double) i / LAST;
                Tensor faded = first.mul(new Scalar(1 - part)).add(last, new Scalar(part)); // (B, 3, 1, H, W)
                Tensor mask = torch.full_like(first.narrow(1, 0, 1), new Scalar(i % LAST == 0 ? 1.0 : 0.0));
                frames[i] = Tensors.cat(1, faded, mask); // (B, 4, 1, H, W)
            }
            return Tensors.cat(2, frames);
        });
    }
}
