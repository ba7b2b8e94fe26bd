package kinema.train;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the learning rate goes on after the warm-up. */
public enum RateSchedule {
    /** It stays. */
    @JsonProperty("constant")
    CONSTANT,
    /** It falls along half a cosine and would be zero one step after the last. */
    @JsonProperty("cosine")
    COSINE;

    /**
     * The share of the full rate at a step: k / warmup in the warm-up, so that the first step moves nothing and only fills Adam's
     * means, as the authors' trainers have it.
     *
     * @param step from 0
     * @param warmup steps until the full rate
     * @param total steps of the schedule
     */
    public double share(long step, long warmup, long total) {
        if (step < warmup) {
            return (double) step / warmup;
        }
        if (this == CONSTANT) {
            return 1;
        }
        double done = (double) (step - warmup) / Math.max(1, total - warmup);
        return 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
    }
}
