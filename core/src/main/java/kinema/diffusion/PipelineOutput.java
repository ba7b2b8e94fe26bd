package kinema.diffusion;

/**
 * What a pipeline made of a prompt, besides the frames its observer has been given.
 *
 * @param tokens number of the prompt's tokens the model saw, end token included
 * @param cutText the end of the prompt that was too long; empty when the model saw all
 */
public record PipelineOutput(int tokens, String cutText) {}
