package kinema.cogvideox;

import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What the transformer is given at a step.
 *
 * @param latents (1, F, C, h, w), which the steps change
 * @param beside (1, F, C, h, w), which stays the same: latents of an image or of a control video; null where the model
 *     was trained without
 */
record LatentInput(Tensor latents, @Nullable Tensor beside) {
    /** All channels, {@code copies} times: (copies, F, C or 2·C, h, w). */
    Tensor batch(int copies) {
        return Scopes.keep(() -> {
            Tensor one = beside == null ? latents : Tensors.cat(2, latents, beside); // (1, F, C or 2·C, h, w)
            return copies == 1 ? one : Tensors.cat(0, one, one); // (B, F, C or 2·C, h, w)
        });
    }
}
