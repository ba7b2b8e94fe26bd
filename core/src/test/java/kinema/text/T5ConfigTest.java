package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class T5ConfigTest {
    @TempDir
    private Path folder;

    @Test
    void absentKeysTakeThePublishedClassesDefaults() throws IOException {
        assertThat(read("{\"feed_forward_proj\": \"gated-gelu\"}"))
                .isEqualTo(new T5Config(32_128, 512, 64, 8, 2048, 6, 32, 128, 1e-6));
    }

    @Test
    void everyKeyIsRead() throws IOException {
        assertThat(read("""
                {"feed_forward_proj": "gated-gelu", "vocab_size": 10, "d_model": 4, "d_kv": 2, "num_heads": 3, "d_ff": 5,
                 "num_layers": 7, "relative_attention_num_buckets": 8, "relative_attention_max_distance": 20,
                 "layer_norm_epsilon": 1e-5}
                """)).isEqualTo(new T5Config(10, 4, 2, 3, 5, 7, 8, 20, 1e-5));
    }

    @ParameterizedTest
    @CsvSource({"'{}', relu", "'{\"feed_forward_proj\": \"gated-silu\"}', gated-silu"})
    void anotherFeedForwardNetworkIsAnError(String json, String found) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(WeightsException.class)
                .hasMessage(folder.resolve("config.json") + ": unknown feed_forward_proj '" + found
                        + "'; known: gated-gelu (T5 v1.1)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            "vocab_size": 0                         | vocab_size must be at least 1, found 0
            "d_model": -4                           | d_model must be at least 1, found -4
            "d_kv": 0                               | d_kv must be at least 1, found 0
            "num_heads": 0                          | num_heads must be at least 1, found 0
            "d_ff": 0                               | d_ff must be at least 1, found 0
            "num_layers": 0                         | 'num_layers' must be a whole number from 1 to 1000, found 0
            "relative_attention_num_buckets": 6     | T5's relative_attention_num_buckets must be a multiple of 4, found 6
            "relative_attention_max_distance": 8    | T5's relative_attention_max_distance must be over 8 (a quarter of the buckets), found 8
            "num_layers": 100000                    | 'num_layers' must be a whole number from 1 to 1000, found 100000
            "d_ff": 99999999999                     | d_ff must be at most 1000000, found 99999999999
            "layer_norm_epsilon": 0                 | T5's layer_norm_epsilon must be positive, found 0.0
            """)
    void impossibleSizesAreErrors(String field, String message) {
        assertThatThrownBy(() -> read("{\"feed_forward_proj\": \"gated-gelu\", " + field + "}"))
                .isInstanceOf(WeightsException.class)
                .hasMessage(folder.resolve("config.json") + ": " + message);
    }

    @Test
    void aValueOfAnotherKindIsAnErrorThatNamesTheKey() {
        assertThatThrownBy(() -> read("{\"feed_forward_proj\": \"gated-gelu\", \"d_model\": \"big\"}"))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("'d_model' must be a whole number, found \"big\"");
    }

    private T5Config read(String json) throws IOException {
        return T5Config.read(ConfigFile.read(Files.writeString(folder.resolve("config.json"), json)));
    }
}
