package kinema.show1.unet;

import org.bytedeco.pytorch.Tensor;

/** Attention within each frame, and to the text. */
interface FrameAttention {
    /**
     * Attends.
     *
     * @param x (F, C, H, W)
     * @param text (1, L, X)
     * @return (F, C, H, W)
     */
    Tensor forward(Tensor x, Tensor text);
}
