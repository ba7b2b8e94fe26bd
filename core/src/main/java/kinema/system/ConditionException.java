package kinema.system;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request's pictures are not those its model takes; the message ends with what to do. */
public final class ConditionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final @Nullable ConditionType needed;

    /**
     * With what is wrong.
     *
     * @param message ends with the pictures to give, where some are needed
     * @param needed what the model needs; null where the request's pictures are to be left out
     */
    public ConditionException(String message, @Nullable ConditionType needed) {
        super(message);
        this.needed = needed;
    }

    /** What the model needs; empty where the request's pictures are to be left out. */
    public Optional<ConditionType> needed() {
        return Optional.ofNullable(needed);
    }
}
