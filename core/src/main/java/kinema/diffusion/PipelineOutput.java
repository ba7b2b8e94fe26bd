package kinema.diffusion;

import org.bytedeco.pytorch.Tensor;

/**
 * What a pipeline made of a prompt.
 *
 * @param video (T, H, W, 3) float32 in [0, 1]; the receiver frees it
 * @param tokens number of the prompt's tokens the model saw, end token included
 * @param cutText the end of the prompt that was too long; empty when the model saw all
 */
public record PipelineOutput(Tensor video, int tokens, String cutText) {}
