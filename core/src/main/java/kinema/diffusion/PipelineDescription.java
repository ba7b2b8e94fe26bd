package kinema.diffusion;

/**
 * What a system says of a checkpoint from its configs alone, nothing loaded.
 *
 * @param variant which of the system's models this is, in words
 * @param denoisingBytes estimated activations of one denoising step at the model's own size, with guidance, in 32-bit numbers
 * @param decodingBytes estimated activations of the latents' decoding at that size, in 32-bit numbers
 */
public record PipelineDescription(String variant, long denoisingBytes, long decodingBytes) {}
