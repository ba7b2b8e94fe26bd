package kinema.tensor;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The numbers networks compute in, whatever their files store. */
public enum Precision {
    /** 32 bits: what parity with the published implementations is held in. */
    FP32(ScalarType.Float),
    /** 16 bits with the range of 32. */
    BF16(ScalarType.BFloat16),
    /** 16 bits up to 65504; only for models that were trained with it. */
    FP16(ScalarType.Half);

    private final ScalarType dtype;

    Precision(ScalarType dtype) {
        this.dtype = dtype;
    }

    /** The element type. */
    public ScalarType dtype() {
        return dtype;
    }

    /** The name as options write it, such as {@code bf16}. */
    @Override
    @JsonValue
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
