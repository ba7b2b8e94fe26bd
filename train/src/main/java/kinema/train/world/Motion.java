package kinema.train.world;

/** The nine things a subject can do during a clip. */
public enum Motion {
    LEFT,
    RIGHT,
    UP,
    DOWN,
    BOUNCE,
    SPIN,
    GROW,
    SHRINK,
    STILL
}
