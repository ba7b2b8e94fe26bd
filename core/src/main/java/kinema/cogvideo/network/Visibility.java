package kinema.cogvideo.network;

import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens of frames see which, as numbers to be added to the scores: 0 or minus infinity. A frame goes by its rank in the
 * order of generation.
 *
 * <p>Axes: Q and S, the tokens of the frames that ask and of those that are asked, a frame's in the order of its grid.
 *
 * @param wraps whether the windows of given frames go round the border of the grid, as in the published sampler, which leaves
 *     the mask out that training had
 */
record Visibility(BackboneConfig config, Stage stage, boolean wraps) {
    /** One frame's view of another. */
    private enum View {
        NOTHING,
        EARLIER_SLOTS,
        ALL
    }

    /** Of the spatial channel: a frame sees itself. (Q, S) */
    Tensor spatial(int[] asking, int[] asked) {
        return mask(asking, asked, (q, k) -> q == k ? ownView(q) : View.NOTHING, null);
    }

    /** Of the temporal channel in layers of a parity. (Q, S) */
    Tensor temporal(int parity, int[] asking, int[] asked) {
        return mask(asking, asked, this::temporalView, stage.isWindowed() ? parity : null);
    }

    Windows windows() {
        return new Windows(Math.toIntExact(config.grid()), Math.toIntExact(config.window()));
    }

    private boolean isGiven(int rank) {
        return rank < stage.given();
    }

    private View ownView(int rank) {
        return isGiven(rank) ? View.ALL : View.EARLIER_SLOTS;
    }

    private View temporalView(int q, int k) {
        if (q == k) {
            return ownView(q);
        }
        return k < q || (isGiven(q) && isGiven(k)) ? View.ALL : View.NOTHING;
    }

    @FunctionalInterface
    private interface Views {
        View of(int asking, int asked);
    }

    private Tensor mask(int[] asking, int[] asked, Views views, @Nullable Integer parity) {
        int n = Math.toIntExact(config.frameTokens());
        float[] mask = new float[asking.length * n * asked.length * n];
        int at = 0;
        for (int q : asking) {
            int[] inner = windowOf(parity, wraps && isGiven(q));
            for (int i = 0; i < n; i++) {
                for (int k : asked) {
                    View view = views.of(q, k);
                    for (int j = 0; j < n; j++) {
                        boolean seen = view == View.ALL || (view == View.EARLIER_SLOTS && j <= i);
                        mask[at++] = seen && inner[i] == inner[j] ? 0 : Float.NEGATIVE_INFINITY;
                    }
                }
            }
        }
        return Tensors.of(mask, (long) asking.length * n, (long) asked.length * n);
    }

    /** Each slot's window; all the same where there are none. */
    private int[] windowOf(@Nullable Integer parity, boolean wrapped) {
        int[] windows = new int[Math.toIntExact(config.frameTokens())];
        if (parity != null) {
            Windows w = windows();
            for (int slot = 0; slot < windows.length; slot++) {
                windows[slot] = wrapped ? w.wrapped(parity, slot) : w.of(parity, slot);
            }
        }
        return windows;
    }
}
