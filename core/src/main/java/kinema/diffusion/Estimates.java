package kinema.diffusion;

/**
 * How many steps of a run were estimated, and what that is expected to cost; see {@link StepCache}.
 *
 * @param computed steps taken with the network's prediction
 * @param estimated steps taken with an estimate of it
 * @param psnr how near the pictures are expected to be to those of all steps computed, in dB; infinite where none was estimated
 */
public record Estimates(int computed, int estimated, double psnr) {}
