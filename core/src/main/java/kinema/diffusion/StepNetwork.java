package kinema.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * A denoising network at one step of a run, where it is asked for its guided velocity. All tensors are in the caller's scope.
 *
 * <p>Axes: B batch, N tokens of the pictures, D width, F C h w the velocity's.
 */
public interface StepNetwork {
    /**
     * What a computed step makes.
     *
     * @param velocity with guidance, (1, F, C, h, w)
     * @param kept what estimates of later steps are made of
     */
    record Computed(Tensor velocity, Tensor kept) {}

    /** Its velocity with guidance, (1, F, C, h, w). */
    Tensor velocity();

    /** The same, and the residual of its blocks: what they add to the tokens that enter them, (B, N, D). */
    Computed withResidual();

    /** The velocity with guidance, (1, F, C, h, w), where such a residual stands for the blocks. */
    Tensor reuse(Tensor residual);
}
