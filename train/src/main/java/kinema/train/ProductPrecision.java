package kinema.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.function.Supplier;
import kinema.nn.OneDnn;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What matrix products and convolutions are computed from while a network is trained; weights and their steps stay float32. */
public enum ProductPrecision {
    /** Float32 throughout. */
    @JsonProperty("fp32")
    FP32(false),
    /**
     * Factors and results in bfloat16, and what goes from one to the next with them, where the processor has instructions for
     * it; elsewhere float32. Attention then takes plain products: of few tokens they are faster than the fused form, whose small
     * blocks each pay for their rounding.
     */
    @JsonProperty("bf16")
    BF16(true);

    /** Ends a use of the precision. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    private final boolean isShort;

    ProductPrecision(boolean isShort) {
        this.isShort = isShort;
    }

    /** Sets this precision for what this thread computes, until the use is closed; then it is what it was before. */
    public Use use() {
        ProductPrecision before = torch.is_autocast_enabled(DeviceType.CPU) ? BF16 : FP32;
        set();
        return before::set;
    }

    /** Computes in this precision; what comes of it may be in 16 bits. */
    public <T> T compute(Supplier<T> body) {
        try (Use use = use()) {
            return body.get();
        }
    }

    /** Tells a run what becomes of it on this processor. */
    public void tell(Run run) {
        if (isShort && run.leads()) {
            run.listener()
                    .line(OneDnn.shortProducts()
                            .map(name -> "computing in bf16 by " + name)
                            .orElse("computing in fp32, since this processor has no instructions for bf16"));
        }
    }

    private void set() {
        boolean shortens = isShort && OneDnn.shortProducts().isPresent();
        torch.globalContext().setSDPUseFlash(!shortens);
        torch.set_autocast_cache_enabled(false); // of weights, which every step changes
        torch.set_autocast_dtype(DeviceType.CPU, ScalarType.BFloat16);
        torch.set_autocast_enabled(DeviceType.CPU, shortens);
    }
}
