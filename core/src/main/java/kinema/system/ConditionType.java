package kinema.system;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What pictures are to a generation. */
public enum ConditionType {
    /** The video's first frame. */
    IMAGE,
    /** The video to be changed. */
    VIDEO,
    /** A video whose poses, edges or depths the new one follows. */
    CONTROL;

    /** The name in lower case, as a request writes it. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
