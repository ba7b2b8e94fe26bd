package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.LeafSpec;
import kinema.weights.Placement;
import kinema.weights.Safetensors;
import kinema.weights.ShapeTree;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CLIP, and T5 without attention to padding, against transformers; made by show1_golden.py. */
class ClipEncoderTest {
    private static final Placement STREAMED =
            Placement.resident(ScalarType.Float).streamed();

    private static final Path FOLDER = Golden.file("show1");

    @Test
    void statesEqualTheReference() {
        try (Safetensors golden = Safetensors.open(FOLDER.resolve("components.safetensors"));
                Checkpoint file = Checkpoint.open(clip(), ScalarType.Float)) {
            float[] found = ClipEncoder.of(file, config(), STREAMED)
                    .use(clip -> Scopes.run(() -> Tensors.floats(clip.forward(golden.tensor("clip_ids")))));
            float[] expected = Scopes.run(() -> Tensors.floats(golden.tensor("clip_states")));
            assertThat(Differences.max(found, expected)).isLessThan(1e-5);
        }
    }

    @Test
    void t5WithoutAttentionToPaddingEqualsTheReference() {
        Path text = FOLDER.resolve("show-1-base/text_encoder");
        T5Config config = T5Config.read(ConfigFile.read(text.resolve("config.json")));
        try (Safetensors golden = Safetensors.open(FOLDER.resolve("components.safetensors"));
                Checkpoint file = Checkpoint.open(text, ScalarType.Float)) {
            float[] found = T5Encoder.of(file, config, STREAMED)
                    .use(t5 -> Scopes.run(() -> {
                        Tensor ids = golden.tensor("ids");
                        long used = 0;
                        for (long id : Tensors.longs(ids)) {
                            used += id == 0 ? 0 : 1;
                        }
                        assertThatThrownBy(() -> t5.forward(ids, new long[] {78}))
                                .hasMessage("used ids must be from 1 to 77 for each of 1 texts, found [78]");
                        assertThatThrownBy(() -> t5.forward(ids, new long[] {0}))
                                .hasMessageContaining("found [0]");
                        return Tensors.floats(t5.forward(ids, new long[] {used}));
                    }));
            float[] expected = Scopes.run(() -> Tensors.floats(golden.tensor("prompt_embeds")));
            assertThat(Differences.max(found, expected)).isLessThan(1e-5);
        }
    }

    @Test
    void aTokenDoesNotSeeThoseAfterIt() {
        try (Checkpoint file = Checkpoint.open(clip(), ScalarType.Float)) {
            ClipEncoder.of(file, config(), STREAMED).use(clip -> {
                Scopes.run(() -> {
                    Tensor short3 = clip.forward(Tensors.of(new long[] {5, 6, 7}, 1, 3));
                    Tensor longer = clip.forward(Tensors.of(new long[] {5, 6, 7, 8, 9}, 1, 5));
                    float[] start = Tensors.floats(longer.narrow(1, 0, 3));
                    assertThat(Differences.max(start, Tensors.floats(short3))).isLessThan(1e-5);
                });
                return clip.width();
            });
        }
    }

    @Test
    void thePublishedEncoderHasItsPublishedSize() {
        long count = ShapeTree.of(w -> new ClipEncoder(w, ClipConfig.VIT_H)).stream()
                .mapToLong(LeafSpec::count)
                .sum();
        assertThat(count).isEqualTo(340_387_840);
    }

    @Test
    void textsThatAreTooLongAreNamedAndNothingIsLeft() {
        Runnable once = () -> {
            try (Checkpoint file = Checkpoint.open(clip(), ScalarType.Float)) {
                ClipEncoder.of(file, config(), STREAMED).use(clip -> {
                    Scopes.run(() -> {
                        assertThatThrownBy(() -> clip.forward(Tensors.of(new long[78], 1, 78)))
                                .hasMessage("a text can have at most 77 tokens, found 78");
                        clip.forward(Tensors.of(new long[] {5, 6, 7}, 1, 3));
                    });
                    return true;
                });
            }
        };
        once.run();
        long before = LivePointers.settled();
        once.run();
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"gelu\" | \"quick_gelu\" | unknown hidden_act 'quick_gelu'; known: gelu (OpenCLIP)",
                "\"num_attention_heads\": 4 | \"num_attention_heads\": 5 | CLIP's num_attention_heads must divide its hidden_size",
                "\"hidden_size\": 64 | \"hidden_size\": 0 | hidden_size must be at least 1, found 0",
            })
    void whatIsNotKnownIsRefused(String before, String after, String message, @TempDir Path other) throws IOException {
        String text = Files.readString(clip().resolve("config.json"));
        assertThat(text).contains(before);
        Path changed = Files.writeString(other.resolve("config.json"), text.replace(before, after));
        assertThatThrownBy(() -> ClipConfig.read(ConfigFile.read(changed)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(message);
    }

    private static Path clip() {
        return FOLDER.resolve("show-1-sr2/text_encoder");
    }

    private static ClipConfig config() {
        return ClipConfig.read(ConfigFile.read(clip().resolve("config.json")));
    }
}
