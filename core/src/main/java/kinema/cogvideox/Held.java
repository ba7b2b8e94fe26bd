package kinema.cogvideox;

/**
 * What a caller keeps in memory of a run's results.
 *
 * @param states steps whose latents it keeps, and with them the text states and the video as numbers; 0 for none of it
 * @param frames whether it keeps the video's frames as bytes
 */
record Held(int states, boolean frames) {
    /** Nothing outlives its use. */
    static final Held NOTHING = new Held(0, false);
}
