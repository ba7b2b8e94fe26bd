package kinema.tensor;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** In how many bits the largest matrices of a denoising network are kept and multiplied. */
public enum Quantization {
    /** In those of the {@link Precision}. */
    OFF,
    /** In 8: integers with a scale for each row of a matrix, and for each token that is multiplied by it. */
    INT8;

    /** The name as options write it, such as {@code int8}. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
