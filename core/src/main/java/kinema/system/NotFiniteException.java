package kinema.system;

/** Numbers of a run stopped being finite. What the step before made were offered to the run's {@link StateKeeper}. */
public final class NotFiniteException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    private final int step;
    private final String place;

    /**
     * The error of a step.
     *
     * @param what are not finite
     * @param step counted from 1
     * @param steps of the stage
     * @param place where in the network it was seen first
     */
    public NotFiniteException(String what, int step, int steps, String place) {
        super(what + " are not finite after step " + step + " of " + steps + ": the first such number is in " + place
                + "; the weights may be damaged, the guidance far too large, or the dtype too narrow (fp32 is not)");
        this.step = step;
        this.place = place;
    }

    /** The step, counted from 1. */
    public int step() {
        return step;
    }

    /** Where in the network it was seen first, in words. */
    public String place() {
        return place;
    }
}
