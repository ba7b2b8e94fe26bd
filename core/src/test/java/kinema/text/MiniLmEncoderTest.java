package kinema.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.LivePointers;
import kinema.text.tokenize.TokenIds;
import kinema.text.tokenize.WordPieceTokenizer;
import kinema.weights.Safetensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MiniLmEncoderTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/text/minilm.safetensors");
    private static final int C = 384;

    private static OnnxWeights weights;
    private static MiniLmEncoder encoder;
    private static WordPieceTokenizer tokenizer;

    @BeforeAll
    static void load() {
        tokenizer = WordPieceTokenizer.miniLm();
        weights = MiniLmEncoder.weights();
        encoder = new MiniLmEncoder(new Weights(weights));
    }

    @AfterAll
    static void close() {
        weights.close();
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void statesEqualTheReference(int prompt) {
        try (Safetensors golden = Safetensors.open(GOLDEN)) {
            String text = golden.metadata().get("prompt" + prompt);
            long[] expectedIds = Scopes.run(() -> Tensors.longs(golden.tensor("ids" + prompt)));
            TokenIds tokens = tokenizer.encode(text, 64);
            assertThat(Arrays.copyOf(tokens.ids(), tokens.used())).isEqualTo(expectedIds);

            float[] expected = Scopes.run(() -> Tensors.floats(golden.tensor("states" + prompt)));
            float[] found = Arrays.copyOf(states(tokens.ids()), tokens.used() * C);
            assertThat(Differences.max(found, expected))
                    .as("largest difference")
                    .isLessThan(1e-4);
        }
    }

    @Test
    void paddingDoesNotChangeStatesAndIsZero() {
        TokenIds shortest = tokenizer.encode("a red rocket rises", 6);
        float[] alone = states(shortest.ids());
        assertThat(shortest.used()).isEqualTo(6);
        for (int length : new int[] {7, 16, 77, 512}) {
            float[] padded =
                    states(tokenizer.encode("a red rocket rises", length).ids());
            assertThat(Differences.max(Arrays.copyOf(padded, alone.length), alone))
                    .isLessThan(1e-5);
            assertThat(Arrays.copyOfRange(padded, alone.length, padded.length)).containsOnly(0f);
        }
    }

    @Test
    void textsOfABatchDoNotMeet() {
        long[] one = tokenizer.encode("a fish", 12).ids();
        long[] two =
                tokenizer.encode("the bus drives over the bridge at night", 12).ids();
        long[] empty = new long[12];
        long[] both = Arrays.copyOf(one, 36);
        System.arraycopy(two, 0, both, 12, 12);
        float[] together = states(both, 3);
        assertThat(Differences.max(Arrays.copyOfRange(together, 0, 12 * C), states(one)))
                .isLessThan(1e-5);
        assertThat(Differences.max(Arrays.copyOfRange(together, 12 * C, 24 * C), states(two)))
                .isLessThan(1e-5);
        assertThat(Arrays.copyOfRange(together, 24 * C, 36 * C))
                .isEqualTo(states(empty))
                .containsOnly(0f);
    }

    /** Many go together, the last few that are left too. */
    @Test
    void manyTextsHaveTheStatesOfEachAlone() {
        int count = 33;
        long[] all = new long[count * 12];
        for (int i = 0; i < count; i++) {
            System.arraycopy(tokenizer.encode("fish number " + i, 12).ids(), 0, all, i * 12, 12);
        }
        float[] together = states(all, count);
        for (int i = 0; i < count; i++) {
            float[] alone = states(Arrays.copyOfRange(all, i * 12, (i + 1) * 12));
            assertThat(Differences.max(Arrays.copyOfRange(together, i * 12 * C, (i + 1) * 12 * C), alone))
                    .as("text %d", i)
                    .isLessThan(1e-5);
        }
    }

    @Test
    void wordsOfOneMeaningLieCloserThanOthers() {
        double near = cosine(mean("a red fish"), mean("a crimson fish"));
        double far = cosine(mean("a red fish"), mean("a tax form"));
        assertThat(near).isGreaterThan(far + 0.2);
    }

    @Test
    void idsOutsideTheVocabularyAreErrors() {
        assertThatThrownBy(() -> states(new long[] {101, 30_522, 102}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ids must be from 0 to 30521, found 30522");
        assertThatThrownBy(() -> states(new long[] {101, -1, 102})).hasMessageContaining("found -1");
    }

    @Test
    void moreTokensThanPositionsAreAnError() {
        assertThatThrownBy(() -> states(tokenizer.encode("a", 513).ids()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("MiniLM reads at most 512 tokens, found 513; use a smaller maxLength");
    }

    @Test
    void idsOfAnotherShapeOrDtypeAreErrors() {
        Scopes.run(() -> {
            assertThatThrownBy(() -> encoder.forward(Tensors.of(new long[] {101, 102}, 2)))
                    .hasMessage("ids must have shape (?, ?), found (2)");
            assertThatThrownBy(() -> encoder.forward(Tensors.zeros(ScalarType.Float, 1, 2)))
                    .hasMessage("ids must be int64, found Float");
        });
    }

    @Test
    void forwardLeavesNoNativeObject() {
        long[] ids = tokenizer.encode("a red rocket", 16).ids();
        states(ids);
        long before = LivePointers.settled();
        for (int i = 0; i < 3; i++) {
            states(ids);
        }
        assertThat(LivePointers.now()).isEqualTo(before);
    }

    private static float[] states(long[] ids) {
        return states(ids, 1);
    }

    private static float[] states(long[] ids, int batch) {
        return Scopes.run(() -> {
            Tensor states = encoder.forward(Tensors.of(ids, batch, ids.length / batch));
            assertThat(states.shape()).containsExactly(batch, ids.length / batch, C);
            assertThat(Dtypes.name(states.scalar_type())).isEqualTo("F32");
            return Tensors.floats(states);
        });
    }

    private static double[] mean(String text) {
        TokenIds tokens = tokenizer.encode(text, 16);
        float[] states = states(tokens.ids());
        double[] mean = new double[C];
        for (int i = 0; i < tokens.used() * C; i++) {
            mean[i % C] += states[i] / tokens.used();
        }
        return mean;
    }

    private static double cosine(double[] a, double[] b) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        assertThat(aa).isNotCloseTo(0, within(1e-6));
        return ab / Math.sqrt(aa * bb);
    }
}
