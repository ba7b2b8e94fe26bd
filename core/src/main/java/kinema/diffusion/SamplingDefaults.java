package kinema.diffusion;

/**
 * What a model does when a request leaves a setting open.
 *
 * @param scheduler the sampler its folder names
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param fps frames per second
 */
public record SamplingDefaults(
        SchedulerType scheduler, int steps, double guidance, int width, int height, int frames, double fps) {}
