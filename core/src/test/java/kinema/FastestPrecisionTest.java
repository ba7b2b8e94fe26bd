package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import kinema.cogvideox.CogVideoX;
import kinema.show1.Show1;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Processor;
import org.junit.jupiter.api.Test;

class FastestPrecisionTest {
    private static final OpenOptions OPEN = OpenOptions.DEFAULT.withFastestPrecision();
    private static final VideoSystem SYSTEM = new CogVideoX();

    @Test
    void isShortWhereTheProcessorHasInstructions() {
        for (String name : new String[] {"amx_bf16", "avx512_bf16"}) {
            FastestPrecision rule = on(true, "avx512f", name);
            OpenOptions decided = rule.decide(SYSTEM, OPEN);
            assertThat(decided.precision()).isEqualTo(Precision.BF16);
            assertThat(decided.precisionOpen()).isFalse();
            assertThat(rule.note(decided)).get().asString().contains("computes in bf16", name);
        }
    }

    @Test
    void isWideOnOtherProcessors() {
        FastestPrecision rule = on(true, "avx2", "avx512f");
        assertThat(rule.decide(SYSTEM, OPEN)).isEqualTo(OpenOptions.DEFAULT);
        assertThat(rule.note(OpenOptions.DEFAULT)).isEmpty();
    }

    @Test
    void isWideWhereShortProductsWereFoundWrong() {
        assertThat(on(false, "amx_bf16").decide(SYSTEM, OPEN)).isEqualTo(OpenOptions.DEFAULT);
    }

    @Test
    void isWideForSystemsThatNameNoShorterOne() {
        assertThat(on(true, "amx_bf16").decide(new Show1(), OPEN)).isEqualTo(OpenOptions.DEFAULT);
    }

    @Test
    void isWideOnACard() {
        assertThat(on(true, "amx_bf16")
                        .decide(SYSTEM, OPEN.withDevice(Device.CUDA))
                        .precision())
                .isEqualTo(Precision.FP32);
    }

    @Test
    void leavesAlone() {
        FastestPrecision rule = on(true, "amx_bf16");
        for (Precision asked : Precision.values()) {
            OpenOptions options = OPEN.withPrecision(asked);
            assertThat(rule.decide(SYSTEM, options)).isSameAs(options);
        }
    }

    private static FastestPrecision on(boolean right, String... features) {
        return new FastestPrecision(new Processor("GenuineIntel", Set.of(features), 2, true), dtype -> right);
    }
}
