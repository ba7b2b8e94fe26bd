package kinema.system;

/**
 * What a caller collects in memory of a run's results.
 *
 * @param tensors whether that is text states, the latents of every step and the video as numbers
 * @param frames whether that is the video's frames as bytes
 */
public record Collected(boolean tensors, boolean frames) {
    /** Nothing outlives its use. */
    public static final Collected NOTHING = new Collected(false, false);
}
