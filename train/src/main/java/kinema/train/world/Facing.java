package kinema.train.world;

/** Which way a sprite's picture looks, and so how it is turned to face the way it moves. */
public enum Facing {
    /** A side view looking left; mirrored to move right. */
    LEFT,
    /** A side view looking right; mirrored to move left. */
    RIGHT,
    /** A front view; never turned. */
    FRONT,
    /** Pointing up; rotated to its heading. */
    UP
}
