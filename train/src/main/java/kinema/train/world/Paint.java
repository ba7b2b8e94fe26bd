package kinema.train.world;

/** How a sprite takes on a colour word. */
public enum Paint {
    /** The pixels near the sprite's main hue move to the new hue; other hues (windows, leaves) and greys stay. */
    HUE,
    /** Pale pixels are coloured too: for sprites whose body is white. */
    TINT,
    /** It cannot be coloured and never has a colour word. */
    NONE
}
