package kinema.diffusion;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The samplers a request can name. */
public enum SchedulerType {
    /** Deterministic, first order. */
    DDIM,
    /** Stochastic, second order multistep: SDE-DPM-Solver++ 2M. */
    DPM;

    /**
     * The sampler of this name, in any case of letters.
     *
     * @throws IllegalArgumentException for an unknown name, listing the known ones
     */
    public static SchedulerType parse(String name) {
        for (SchedulerType type : values()) {
            if (type.toString().equals(name.toLowerCase(Locale.ROOT))) {
                return type;
            }
        }
        throw new IllegalArgumentException("unknown scheduler '" + name + "'; known: "
                + Arrays.stream(values()).map(SchedulerType::toString).collect(Collectors.joining(", ")));
    }

    /** The name in lower case, as a request writes it. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
