package kinema.diffusion;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The samplers a request can name. */
public enum SchedulerType {
    /** Deterministic, first order. */
    DDIM,
    /** Stochastic, second order multistep: SDE-DPM-Solver++ 2M. */
    DPM;

    /** The name in lower case, as a request writes it. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
