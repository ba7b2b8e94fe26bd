package kinema.train.world;

/** How a subject gets along: the verb a caption may use for it. */
public enum Gait {
    SWIM("swims"),
    FLY("flies"),
    WALK("walks"),
    DRIVE("drives"),
    SAIL("sails"),
    DRIFT("drifts"),
    NONE("glides");

    private final String verb;

    Gait(String verb) {
        this.verb = verb;
    }

    /** The verb in the third person, such as "swims". */
    String verb() {
        return verb;
    }
}
