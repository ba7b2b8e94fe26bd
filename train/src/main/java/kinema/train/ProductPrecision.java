package kinema.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.global.torch;

/** What matrix products are computed from while a network is trained; sums, weights and all else stay float32. */
public enum ProductPrecision {
    /** Float32 throughout. */
    @JsonProperty("fp32")
    FP32("highest", true),
    /**
     * Factors rounded to bfloat16 where the processor has instructions for it. Attention then takes plain products:
     * of few tokens they are faster than the fused form, whose small blocks each pay for their rounding.
     */
    @JsonProperty("bf16")
    BF16("medium", false);

    /** Ends a use of the precision. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    private final String name; // torch's
    private final boolean fusedAttention;

    ProductPrecision(String name, boolean fusedAttention) {
        this.name = name;
        this.fusedAttention = fusedAttention;
    }

    /** Sets this precision for the process, until the use is closed. */
    public Use use() {
        set();
        return FP32::set;
    }

    private void set() {
        Context context = torch.globalContext();
        context.setFloat32MatmulPrecision(name);
        context.setSDPUseFlash(fusedAttention);
    }
}
