package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CogVideoXDescriptionTest {
    @TempDir
    private Path folder;

    static Stream<Arguments> published() {
        return Stream.of(
                arguments(
                        TransformerConfig.COGVIDEOX_2B,
                        "CogVideoX-2b: text to video, sincos positions, 30 blocks of 30 heads of 64, made for 49 frames of"
                                + " 720x480"),
                arguments(
                        TransformerConfig.COGVIDEOX_5B,
                        "CogVideoX-5b: text to video, rotary positions, 42 blocks of 48 heads of 64, made for 49 frames of"
                                + " 720x480"),
                arguments(
                        TransformerConfig.COGVIDEOX_5B_I2V,
                        "CogVideoX-5b-I2V: image to video, rotary and learned positions, 42 blocks of 48 heads of 64, made"
                                + " for 49 frames of 720x480"),
                arguments(
                        TransformerConfig.COGVIDEOX_1_5_5B,
                        "CogVideoX1.5-5B: text to video, rotary positions, 42 blocks of 48 heads of 64, made for 81 frames"
                                + " of 1360x768"),
                arguments(
                        TransformerConfig.COGVIDEOX_1_5_5B_I2V,
                        "CogVideoX1.5-5B-I2V: image to video, rotary positions, 42 blocks of 48 heads of 64, made for 81"
                                + " frames of 1360x768"),
                arguments(
                        TransformerConfig.tiny(true),
                        "CogVideoX of its own size: text to video, rotary positions, 2 blocks of 2 heads of 16, made for 9"
                                + " frames of 96x64"));
    }

    @ParameterizedTest
    @MethodSource("published")
    void namesTheVariant(TransformerConfig config, String variant) throws IOException {
        write(config);

        assertThat(CogVideoXDescription.of(folder).variant()).isEqualTo(variant);
    }

    @Test
    void countsThePublishedParameters() throws IOException {
        write(TransformerConfig.COGVIDEOX_2B);

        Map<String, Map<String, List<Long>>> networks =
                CogVideoXDescription.of(folder).networks();

        assertThat(networks).containsOnlyKeys("transformer", "vae");
        assertThat(networks.get("transformer")).hasSize(736);
        assertThat(parameters(networks.get("transformer"))).isEqualTo(1_693_783_872L);
        assertThat(networks.get("vae")).hasSize(436);
        assertThat(parameters(networks.get("vae"))).isEqualTo(215_583_907L);
    }

    @Test
    void knowsTheTextEncoderThatComesWithKinema() throws IOException {
        write(TransformerConfig.tiny(true));
        index("MiniLmEncoder");

        // all-MiniLM-L6-v2 without its pooler, which token states do not use.
        assertThat(parameters(CogVideoXDescription.of(folder).networks().get("text_encoder")))
                .isEqualTo(22_565_376L);
    }

    @Test
    void missingConfigIsNamed() {
        assertThatThrownBy(() -> CogVideoXDescription.of(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessage(folder.resolve("transformer/config.json") + ": no such file; a checkpoint folder needs it");
    }

    private void write(TransformerConfig config) throws IOException {
        Files.createDirectories(folder.resolve("transformer"));
        new ObjectMapper().writeValue(folder.resolve("transformer/config.json").toFile(), config.toMap());
        Files.createDirectories(folder.resolve("vae"));
        Files.writeString(folder.resolve("vae/config.json"), "{}");
        index("T5EncoderModel");
    }

    private static long parameters(Map<String, List<Long>> network) {
        return network.values().stream()
                .mapToLong(shape -> shape.stream().reduce(1L, (a, b) -> a * b))
                .sum();
    }

    private void index(String textEncoder) throws IOException {
        Files.writeString(
                folder.resolve("model_index.json"), "{\"text_encoder\": [\"library\", \"" + textEncoder + "\"]}");
    }
}
