package kinema.cogvideox;

/**
 * What a caller collects in memory of a run's results.
 *
 * @param states steps whose latents it collects, and with them the text states and the video as numbers; 0 for none of it
 * @param frames whether it collects the video's frames as bytes
 */
record Results(int states, boolean frames) {
    /** Nothing outlives its use. */
    static final Results NOTHING = new Results(0, false);
}
