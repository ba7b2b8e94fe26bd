package kinema.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "8G,8000000000", "8g,8000000000", "8GB,8000000000", "8 GB,8000000000", "7.5G,7500000000", "8GiB,8589934592",
        "8Gi,8589934592", "512M,512000000", "512MiB,536870912", "64k,64000", "1T,1000000000000", "123456,123456"
    })
    void amountsAsPeopleWriteThem(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "8X", "8iB", "-8G", "8,5G", "lots", "1e9", "8 G B", "99999999999999G"})
    void otherTextsAreRefused(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected an amount of memory such as 8G or 512M, found '" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0G", "0.0000001", "999999999999T"})
    void amountsNoMachineHasAreRefused(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void amountsAreWrittenInGigabytesOrMegabytes() {
        assertThat(ByteSize.text(6_543_000_000L)).isEqualTo("6.5 GB");
        assertThat(ByteSize.text(400_000_000L)).isEqualTo("400 MB");
        assertThat(ByteSize.text(1_000_000_000L)).isEqualTo("1.0 GB");
    }
}
