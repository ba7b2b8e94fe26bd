package kinema.train.world;

/** The eight drawn backgrounds. */
public enum Scene {
    SEA,
    MEADOW,
    NIGHT_SKY,
    SUNSET,
    DESERT,
    SNOW,
    BLUE_SKY,
    /** One flat colour, named by the scenario's background colour. */
    PLAIN
}
