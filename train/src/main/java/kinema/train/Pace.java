package kinema.train;

/**
 * How long a run is, and how often it tells of itself.
 *
 * @param steps in all
 * @param accumulate slots of a step, computed one after the other or by several processes
 * @param logEvery steps between log lines
 * @param sampleEvery steps between pictures
 * @param saveEvery seconds between checkpoints
 * @param keep checkpoints that are kept
 */
public record Pace(long steps, int accumulate, long logEvery, long sampleEvery, long saveEvery, int keep) {
    /** Checks the ranges. */
    public Pace {
        Recipes.require(steps > 0, "steps must be above 0", steps);
        Recipes.require(accumulate > 0, "accumulate must be above 0", accumulate);
        Recipes.require(logEvery > 0, "log_every must be above 0", logEvery);
        Recipes.require(sampleEvery > 0, "sample_every must be above 0", sampleEvery);
        Recipes.require(saveEvery > 0, "save_every must be above 0 seconds", saveEvery);
        Recipes.require(keep > 0, "keep must be above 0", keep);
    }
}
