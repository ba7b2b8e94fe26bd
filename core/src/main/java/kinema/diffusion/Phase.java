package kinema.diffusion;

import java.util.Locale;

/** The parts of a generation, in their order. */
public enum Phase {
    /** The prompt becomes text states. */
    TEXT,
    /** Pictures become latents; only where a request has pictures. */
    ENCODE,
    /** Noise becomes latents, step by step. */
    DENOISE,
    /** Latents become frames. */
    DECODE;

    /** The name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
