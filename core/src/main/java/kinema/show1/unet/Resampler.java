package kinema.show1.unet;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Leads from one level of a UNet to the next. */
interface Resampler {
    /**
     * Halves or doubles rows and columns.
     *
     * @param x (F, C, H, W), the frames of all samples
     * @param time (S, E), of S samples
     * @param like a tensor (…, H', W') of the level it leads to; null on the way down
     * @return (F, C, H', W')
     */
    Tensor forward(Tensor x, Tensor time, @Nullable Tensor like);
}
