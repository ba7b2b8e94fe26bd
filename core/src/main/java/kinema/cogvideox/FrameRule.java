package kinema.cogvideox;

import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;

/**
 * How many frames a video may have.
 *
 * <p>Only 8k and 8k+1 frames come back as many from the VAE: the published implementation takes any number and returns
 * another without a word, 49 for 50 and 56 for 53. Of these two, all models were trained with 8k+1, an odd number of
 * latent frames: the 1.0 models as they are, the 1.5 models with one more to fill the patches of two, dropped before
 * decoding. With 8k frames the published implementation runs too, but 5b-I2V loses its learned positions there and 1.5
 * goes without the filling it was trained with; so they are refused unless it is to be repeated. It changes and follows
 * videos with 1.5 models at 8k frames only.
 *
 * @param unit 8 for the published VAE
 * @param model what the rule belongs to, in words
 * @param even whether 8k frames are allowed beside 8k+1
 */
record FrameRule(long unit, String model, boolean even) {
    /** Frames for which 1.5's authors recommend their models: whole seconds at 16 frames per second, and one. */
    private static final String BEST_OF_1_5 = " 1.5 (best 16k+1, whole seconds at its 16 frames per second)";

    /** The rule of a model. */
    static FrameRule of(TransformerConfig t, VaeConfig v, boolean compat) {
        // Two latent frames are decoded at a time; the first of an odd number stands for a single frame.
        return new FrameRule(
                2 * v.temporalCompression(), "CogVideoX" + (t.patchFrames() > 0 ? BEST_OF_1_5 : ""), compat);
    }

    /**
     * Checks a number of frames.
     *
     * @param given whether there is a video of so many, which the new one changes or follows
     * @throws IllegalArgumentException when the rule does not allow it, with the nearest it does
     */
    void check(long frames, boolean given) {
        if (!allows(frames)) {
            String possible = given ? "take " + below(frames) + " of the given video's" : "nearest: " + nearest(frames);
            throw new IllegalArgumentException("frames must be " + (even ? unit + "k or " : "") + unit + "k+1 for "
                    + model + ", found " + frames + "; " + possible);
        }
    }

    private boolean allows(long frames) {
        return frames >= 1 && ((frames - 1) % unit == 0 || (even && frames % unit == 0));
    }

    private long nearest(long frames) {
        long below = below(frames);
        long above = Math.max(1, frames);
        while (!allows(above)) {
            above++;
        }
        return frames - below < above - frames || above > Integer.MAX_VALUE ? below : above;
    }

    private long below(long frames) {
        long below = Math.max(1, frames);
        while (!allows(below)) {
            below--;
        }
        return below;
    }
}
