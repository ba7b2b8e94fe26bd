package kinema.show1;

import kinema.tensor.Rng;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a stage denoises: windows of a video, one after the other, each from its own start. Tensors are (1, C, F, H, W).
 */
interface Windows {
    /**
     * A window before its first step.
     *
     * @param sample what is denoised
     * @param condition what the network is shown beside it, more channels of the same size; null for nothing
     */
    record Start(Tensor sample, @Nullable Tensor condition) {}

    /** How many. */
    int count();

    /**
     * The start of a window.
     *
     * @param made the video so far; null before the first window has ended
     * @param rng as the seed starts it, at every window alike
     */
    Start begin(int window, @Nullable Tensor made, Rng rng);

    /** The video with a window's frames, in the caller's scope. */
    Tensor add(int window, Tensor sample, @Nullable Tensor made);
}
