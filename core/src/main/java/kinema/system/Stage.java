package kinema.system;

/**
 * A part of a run that its user sees: the stages of a run follow one another.
 *
 * @param name in lower case, one for each stage of a run
 * @param kind what happens in it
 */
public record Stage(String name, Kind kind) {
    /** What happens in a stage, as far as showing it depends on that. */
    public enum Kind {
        /** Prompts become text states. */
        TEXT,
        /** Pictures become latents or tokens. */
        ENCODE,
        /** Latents, pixels or tokens are made, step by step. */
        SAMPLE,
        /** Latents or tokens become frames. */
        DECODE
    }

    @Override
    public String toString() {
        return name;
    }
}
