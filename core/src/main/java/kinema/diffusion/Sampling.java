package kinema.diffusion;

import java.util.Optional;

/**
 * A request with nothing left open.
 *
 * @param prompt what the video shows
 * @param negative what guidance leads away from; empty for nothing in particular
 * @param seed of the random numbers
 * @param scheduler the sampler
 * @param spacing how the timesteps are spread; empty for the model's own way
 * @param steps denoising steps
 * @param guidance scale of classifier-free guidance; 1 turns it off
 * @param dynamicGuidance whether guidance varies over the steps
 * @param width pixels per row
 * @param height rows
 * @param frames frames of video
 * @param compat whether timesteps are chosen as the Python implementation does, slips included
 * @param condition the pictures it starts from or follows, in this size and of as many frames; an image is one
 * @param tile the pieces pictures are coded in; empty to code them whole
 */
public record Sampling(
        String prompt,
        String negative,
        long seed,
        SchedulerType scheduler,
        Optional<Spacing> spacing,
        int steps,
        double guidance,
        boolean dynamicGuidance,
        int width,
        int height,
        int frames,
        boolean compat,
        Optional<Condition> condition,
        Optional<Tile> tile) {}
