package kinema.show1.unet;

import static kinema.testing.DryRuns.assertSamePeak;

import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a step takes is found without computing. */
class UnetDryRunTest {
    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, 1, 3, 4, 6",
        "true, false, 2, 5, 8, 4",
        "true, true, 2, 5, 8, 4",
        "false, false, 2, 1, 8, 12",
    })
    void aStep(boolean temporal, boolean dropsOut, long samples, long frames, long rows, long columns) {
        UnetConfig config = UnetTest.pixels(temporal);
        assertSamePeak(w -> new Unet(w, config), ScalarType.Float, (network, maker) -> {
            Tensor time = Tensors.of(new long[Math.toIntExact(samples)], samples);
            var unused = network.forward(
                    maker.make(ScalarType.Float, samples, 6, frames, rows, columns),
                    time,
                    time,
                    network.text(maker.make(ScalarType.Float, samples, 5, 32)),
                    dropsOut ? new Dropout(shape -> maker.make(ScalarType.Float, shape)) : null);
        });
    }
}
