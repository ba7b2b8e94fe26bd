package kinema.show1.unet;

import org.bytedeco.pytorch.Tensor;

/** Attention within each frame, and to the text. */
interface FrameAttention {
    /**
     * Attends.
     *
     * @param x (F, C, H, W), the frames of all samples
     * @param text (S, L, X), of S samples
     * @return (F, C, H, W)
     */
    Tensor forward(Tensor x, Tensor text);
}
