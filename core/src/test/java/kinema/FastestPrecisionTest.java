package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import kinema.cogvideox.CogVideoX;
import kinema.show1.Show1;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import org.junit.jupiter.api.Test;

class FastestPrecisionTest {
    private static final OpenOptions OPEN = OpenOptions.DEFAULT.withFastestPrecision();
    private static final FastestPrecision FAST = new FastestPrecision(Optional.of("amx_bf16"));
    private static final VideoSystem SYSTEM = new CogVideoX();

    @Test
    void isShortWhereTheProcessorHasInstructions() {
        OpenOptions decided = FAST.decide(SYSTEM, OPEN);
        assertThat(decided.precision()).isEqualTo(Precision.BF16);
        assertThat(decided.precisionOpen()).isFalse();
        assertThat(FAST.note(decided)).get().asString().contains("computes in bf16", "amx_bf16");
    }

    @Test
    void isWideOnOtherProcessors() {
        FastestPrecision rule = new FastestPrecision(Optional.empty());
        assertThat(rule.decide(SYSTEM, OPEN)).isEqualTo(OpenOptions.DEFAULT);
        assertThat(rule.note(OpenOptions.DEFAULT)).isEmpty();
    }

    @Test
    void isWideForSystemsThatNameNoShorterOne() {
        assertThat(FAST.decide(new Show1(), OPEN)).isEqualTo(OpenOptions.DEFAULT);
    }

    @Test
    void isWideOnACard() {
        assertThat(FAST.decide(SYSTEM, OPEN.withDevice(Device.CUDA)).precision())
                .isEqualTo(Precision.FP32);
    }

    @Test
    void leavesAlone() {
        for (Precision asked : Precision.values()) {
            OpenOptions options = OPEN.withPrecision(asked);
            assertThat(FAST.decide(SYSTEM, options)).isSameAs(options);
        }
    }
}
