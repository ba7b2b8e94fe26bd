package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.tensor.Precision;
import org.junit.jupiter.api.Test;

class EngineOptionsTest {
    @Test
    void thePrecisionIsLeftOpenUnlessTheVideoHadOne() {
        EngineOptions options = new EngineOptions();
        assertThat(options.settings(null).precisionOpen()).isTrue();
        assertThat(options.settings(Precision.FP32).precisionOpen()).isFalse();
        assertThat(options.settings(Precision.BF16).precision()).isEqualTo(Precision.BF16);
    }
}
