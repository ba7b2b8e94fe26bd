package kinema.train.world;

/** Which combinations of subject, motion and scene may be sampled. */
public enum Split {
    /** All but the held-out combinations. */
    TRAIN,
    /** The held-out combinations only. */
    HELD_OUT
}
