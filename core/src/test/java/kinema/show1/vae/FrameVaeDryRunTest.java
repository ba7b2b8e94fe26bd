package kinema.show1.vae;

import static kinema.testing.DryRuns.assertSamePeak;

import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What coding frames takes is found without computing. */
class FrameVaeDryRunTest {
    private static final FrameVaeConfig CONFIG = new FrameVaeConfig(4, List.of(8L, 16L), 1, 4, 0.18215);

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 6", "3, 8, 8"})
    void coding(long frames, long rows, long columns) {
        assertSamePeak(w -> new FrameVae(w, CONFIG), ScalarType.Float, (vae, maker) -> {
            var unused = vae.decode(maker.make(ScalarType.Float, frames, 4, rows, columns));
        });
        assertSamePeak(w -> new FrameVae(w, CONFIG), ScalarType.Float, (vae, maker) -> {
            var unused = vae.encode(maker.make(ScalarType.Float, frames, 3, 2 * rows, 2 * columns));
        });
    }
}
