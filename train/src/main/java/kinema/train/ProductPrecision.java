package kinema.train;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.function.Supplier;
import kinema.nn.Autocast;
import kinema.nn.OneDnn;

/** What matrix products and convolutions are computed from while a network is trained; weights and their steps stay float32. */
public enum ProductPrecision {
    /** Float32 throughout. */
    @JsonProperty("fp32")
    FP32,
    /**
     * Factors and results in bfloat16, and what goes from one to the next with them, where the processor has instructions for
     * it; elsewhere float32.
     */
    @JsonProperty("bf16")
    BF16;

    /** Computes in this precision, on this thread; what comes of it may be in 16 bits. */
    public <T> T compute(Supplier<T> body) {
        boolean shortens = this == BF16 && OneDnn.shortProducts().isPresent();
        return shortens ? Autocast.inBf16(body) : Autocast.without(body);
    }

    /** Tells a run what becomes of it on this processor. */
    public void tell(Run run) {
        if (run.leads()) {
            tell(run.listener());
        }
    }

    /** Tells what becomes of it on this processor. */
    public void tell(TrainingListener listener) {
        if (this == BF16) {
            listener.line(OneDnn.shortProducts()
                    .map(name -> "computing in bf16 by " + name)
                    .orElse("computing in fp32, since this processor has no instructions for bf16"));
        }
    }
}
