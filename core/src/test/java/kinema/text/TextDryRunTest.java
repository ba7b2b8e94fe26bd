package kinema.text;

import static kinema.testing.DryRuns.assertSamePeak;

import java.util.Map;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** What encoding texts takes is found without computing. */
class TextDryRunTest {
    private static final T5Config TINY = T5Config.XXL.with(
            Map.of("vocab_size", 40, "d_model", 16, "d_kv", 8, "num_heads", 2, "d_ff", 24, "num_layers", 3));

    @Test
    void t5() {
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeak(
                    w -> new T5Encoder(w, TINY), dtype, indexes(2, 70), (network, maker) -> encode(network, 2, 70));
        }
        assertSamePeak(
                w -> new T5Encoder(w, TINY),
                ScalarType.Float,
                indexes(1, 5),
                (network, maker) -> encode(network, 1, 5));
    }

    @Test
    void miniLm() {
        assertSamePeak(
                MiniLmEncoder::new, ScalarType.Float, indexes(2, 24), (network, maker) -> encode(network, 2, 24));
    }

    @Test
    void clip() {
        ClipConfig tiny = new ClipConfig(40, 16, 2, 24, 3, 77, 1e-5);
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeak(
                    w -> new ClipEncoder(w, tiny), dtype, indexes(2, 77), (network, maker) -> encode(network, 2, 77));
        }
    }

    /** The ids. */
    private static long indexes(int texts, int tokens) {
        return Long.BYTES * texts * tokens;
    }

    private static void encode(TextEncoder network, int texts, int tokens) {
        var unused = network.forward(Tensors.zeros(ScalarType.Long, texts, tokens));
    }
}
