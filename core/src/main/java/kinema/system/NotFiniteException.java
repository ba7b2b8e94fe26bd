package kinema.system;

/** Numbers of a run stopped being finite. What the step before made were offered to the run's {@link StateStore}. */
public final class NotFiniteException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    private static final String NARROW = "the weights may be damaged, or the dtype too narrow (fp32 is not)";

    private final String place;
    private final boolean decoding;

    private NotFiniteException(String what, String place, String why, boolean decoding) {
        super(what + ": the first such number is in " + place + "; " + why);
        this.place = place;
        this.decoding = decoding;
    }

    /**
     * The error of a step.
     *
     * @param what are not finite
     * @param step counted from 1
     * @param steps of the stage
     * @param place where in the network it was seen first
     */
    public static NotFiniteException afterStep(String what, int step, int steps, String place) {
        return new NotFiniteException(
                what + " are not finite after step " + step + " of " + steps,
                place,
                "the weights may be damaged, the guidance far too large, or the dtype too narrow (fp32 is not)",
                false);
    }

    /**
     * The error of a decoder, which the samples it is given are no cause of: these are finite.
     *
     * @param chunk of frames, counted from 1
     * @param chunks of the video
     * @param place where in the decoder it was seen first
     */
    public static NotFiniteException inDecoding(int chunk, int chunks, String place) {
        return new NotFiniteException(
                "decoded frames are not finite in chunk " + chunk + " of " + chunks, place, NARROW, true);
    }

    /**
     * The error of what an encoder or decoder made that does not say more.
     *
     * @param what are not finite
     * @param place in words
     */
    public static NotFiniteException inCoding(String what, String place) {
        return new NotFiniteException(what + " are not finite", place, NARROW, true);
    }

    /** Where in the network it was seen first, in words. */
    public String place() {
        return place;
    }

    /** Whether samples are whole, and only their decoding failed. */
    public boolean decoding() {
        return decoding;
    }
}
