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
    STILL;

    /** Whether the subject travels across the frame in one direction. */
    public boolean travels() {
        return this == LEFT || this == RIGHT || this == UP || this == DOWN;
    }
}
