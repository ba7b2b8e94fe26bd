package kinema.nn;

import static kinema.testing.DryRuns.assertSamePeak;

import kinema.nn.Attention.Shape;
import kinema.testing.DryRuns.Maker;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What layers take that several networks share is found without computing. */
class LayersDryRunTest {
    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void convolutionsOfPictures() {
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeak(w -> new Conv2d(w, 8, 5, 3), dtype, (layer, maker) -> {
                var unused = layer.forward(maker.make(dtype, 2, 8, 9, 12));
            });
            assertSamePeak(w -> new Conv2d(w, 8, 24, 1), dtype, (layer, maker) -> {
                var unused = layer.forward(maker.make(dtype, 2, 8, 9, 12));
            });
            assertSamePeak(w -> Conv2d.halving(w, 8), dtype, (layer, maker) -> {
                var unused = layer.forward(maker.make(dtype, 2, 8, 10, 13));
            });
        }
    }

    @Test
    void attention() {
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            assertSamePeak(w -> new Attention(w, new Shape(32, 24, 4, true)), dtype, (layer, maker) -> {
                var unused = layer.forward(maker.make(dtype, 2, 70, 32), maker.make(dtype, 2, 33, 24));
            });
            assertSamePeak(w -> new Attention(w, Shape.self(32, 2)), dtype, (layer, maker) -> {
                Tensor x = maker.make(dtype, 2, 70, 32);
                var unused = layer.forward(x, x);
            });
            assertSamePeak(w -> "nothing", dtype, (layer, maker) -> back(maker, dtype));
        }
    }

    private static void back(Maker maker, ScalarType dtype) {
        var unused = Attention.attendBack(
                maker.make(dtype, 2, 40, 32), maker.make(dtype, 2, 40, 32), maker.make(dtype, 2, 40, 32), 4);
    }
}
