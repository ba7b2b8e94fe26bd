package kinema.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"18446744073709551680", "64.0", "\"64\"", "true", "[64]", "1e3"})
    void whatOnlyLooksLikeAWholeNumberIsNone(String value) throws IOException {
        ConfigFile config = read("{\"a\": " + value + "}");
        assertThatThrownBy(() -> config.integer("a", 1))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("config.json: 'a' must be a whole number, found ");
        assertThatThrownBy(() -> read("{\"a\": [" + value + "]}").integers("a", List.of()))
                .hasMessageContaining("'a' must be a list of whole numbers, found ");
    }

    @ParameterizedTest
    @CsvSource({"0", "-3", "101", "4294967300"})
    void countsAreBelievedUpToALimit(String value) throws IOException {
        assertThatThrownBy(() -> read("{\"a\": " + value + "}").count("a", 1, 100))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'a' must be a whole number from 1 to 100, found " + value);
    }

    @Test
    void numbersAreFinite() throws IOException {
        assertThat(read("{\"a\": 2}").number("a", 0)).isEqualTo(2);
        assertThatThrownBy(() -> read("{\"a\": 1e999}").number("a", 0)).hasMessageContaining("must be a finite number");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"a\": 1, \"a\": 2}", "{\"a\": {\"b\": 1, \"b\": 1}}", "{} {}", "{\"a\": NaN}", "{\"a\": 01}"})
    void whatTwoReadersCouldReadDifferentlyIsRefused(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("config.json: not valid JSON: ");
    }

    @Test
    void aSchedulersBoundMayBeInfinite() throws IOException {
        Path file = Files.writeString(
                folder.resolve("scheduler_config.json"), "{\"a\": -Infinity, \"b\": -5.1, \"c\": null, \"d\": NaN}");
        ConfigFile config = ConfigFile.readScheduler(file);
        assertThat(config.leastOf("a")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(config.leastOf("b")).isEqualTo(-5.1);
        assertThat(config.leastOf("c")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThatThrownBy(() -> config.leastOf("d")).hasMessageContaining("'d' must be a finite number");
        assertThatThrownBy(() -> ConfigFile.read(file)).hasMessageContaining("not valid JSON");
    }

    @Test
    void depthAndSizeAreBounded() {
        assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("config.json: not valid JSON: ");
        assertThatThrownBy(() -> read(" ".repeat(5 << 20)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("more than the 4194304 bytes that such a file may have");
    }

    @Test
    void valuesThatCannotBeTogetherNameTheFile() throws IOException {
        ConfigFile config = read("{}");
        assertThatThrownBy(() -> config.make(() -> Math.multiplyExact(Long.MAX_VALUE, 2)))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(config.file() + ": ");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aPipeOrADeviceIsNoFile() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (Path odd : List.of(pipe, Path.of("/dev/zero"))) {
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThatThrownBy(() -> ConfigFile.read(odd))
                            .isInstanceOf(WeightsException.class)
                            .hasMessageStartingWith(odd + ": it is a pipe or a device; expected a file"));
            Assertions.assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () -> assertThatThrownBy(() -> Safetensors.header(odd))
                            .isInstanceOf(WeightsException.class)
                            .hasMessage(odd + ": it is a pipe or a device; expected a file"));
        }
    }

    private ConfigFile read(String json) throws IOException {
        return ConfigFile.read(Files.writeString(folder.resolve("config.json"), json));
    }
}
