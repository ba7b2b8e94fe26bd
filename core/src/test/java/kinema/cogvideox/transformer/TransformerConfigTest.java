package kinema.cogvideox.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TransformerConfigTest {
    @TempDir
    Path temp;

    static Stream<Arguments> published() {
        return Stream.of(
                Arguments.of("2b", TransformerConfig.COGVIDEOX_2B, 736, 1_693_783_872L),
                Arguments.of("5b", TransformerConfig.COGVIDEOX_5B, 1024, 5_570_283_072L),
                Arguments.of("5b-I2V", TransformerConfig.COGVIDEOX_5B_I2V, 1025, 5_625_087_552L),
                Arguments.of("1.5-5B", TransformerConfig.COGVIDEOX_1_5_5B, 1024, 5_570_676_352L),
                Arguments.of("1.5-5B-I2V", TransformerConfig.COGVIDEOX_1_5_5B_I2V, 1028, 5_571_594_880L));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("published")
    void thePublishedModelsHaveTheirNumberOfParameters(
            String name, TransformerConfig config, int tensors, long parameters) {
        List<LeafSpec> leaves = ShapeTree.of(w -> new ExpertTransformer(w, config));
        assertThat(leaves).hasSize(tensors);
        assertThat(leaves.stream().mapToLong(LeafSpec::count).sum()).isEqualTo(parameters);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("published")
    void whatIsWrittenIsReadBack(String name, TransformerConfig config, int tensors, long parameters)
            throws IOException {
        assertThat(TransformerConfig.read(write(new ObjectMapper().writeValueAsString(config.toMap()))))
                .isEqualTo(config);
    }

    @Test
    void absentKeysTakeThePublishedDefaults() throws IOException {
        assertThat(TransformerConfig.read(write("{}"))).isEqualTo(TransformerConfig.COGVIDEOX_2B);
    }

    @Test
    void settingsThisNetworkDoesNotHaveAreRefused() throws IOException {
        assertRefused("{\"activation_fn\": \"silu\"}", "'activation_fn' must be gelu-approximate, found silu");
        assertRefused("{\"attention_bias\": false}", "'attention_bias' must be true, found false");
        assertRefused("{\"freq_shift\": 1}", "'freq_shift' must be 0, found 1");
        assertRefused("{\"num_layers\": \"many\"}", "'num_layers' must be a whole number");
    }

    @Test
    void sizesThatCannotBeAreRefused() throws IOException {
        assertRefused("{\"num_attention_heads\": 0}", "num_attention_heads must be at least 1, found 0");
        assertRefused("{\"attention_head_dim\": 24}", "attention_head_dim must be a multiple of 16");
        assertRefused("{\"patch_size\": -2}", "patch_size must be at least 1, found -2");
        assertRefused("{\"num_layers\": 100000}", "num_layers must be at most 1000, found 100000");
        assertRefused("{\"in_channels\": 9223372036854775807}", "in_channels must be at most 1000000");
        assertRefused("{\"max_text_seq_length\": 1000000}", "max_text_seq_length must be at most 4096");
        assertRefused("{\"spatial_interpolation_scale\": 0}", "scales must be above 0");
        assertRefused("{\"use_learned_positional_embeddings\": true}", "needs use_rotary_positional_embeddings");
    }

    private void assertRefused(String json, String message) throws IOException {
        Path file = write(json);
        assertThatThrownBy(() -> TransformerConfig.read(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    private Path write(String json) throws IOException {
        return Files.writeString(temp.resolve("config.json"), json);
    }
}
