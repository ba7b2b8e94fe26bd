package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByteRowsTest {
    /** More rows than are rounded at a time. */
    @ParameterizedTest
    @CsvSource({"1,1,Float", "5,7,Float", "700,1001,Float", "700,1001,BFloat16", "3,300000,Half"})
    void everyNumberIsTheNearestMultipleOfItsRowsScale(long rows, long in, ScalarType dtype) {
        try (Rng rng = new Rng(1)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(rows, in).to(dtype);
                Tensor bytes = Tensors.zeros(ScalarType.Char, rows, in);
                Tensor scale = Tensors.zeros(ScalarType.Float, rows);
                ByteRows.quantize(x, bytes, scale);

                Tensor exact = x.to(ScalarType.Double);
                Tensor most = exact.abs().amax(new long[] {1}, false); // (rows)
                Tensor step = scale.to(ScalarType.Double); // (rows)
                assertThat(most.div(step).sub(new Scalar(127)).abs().max().item_double())
                        .isLessThan(1e-4);
                Tensor off = bytes.to(ScalarType.Double).sub(exact.div(step.view(-1, 1)));
                assertThat(off.abs().max().item_double()).isLessThan(0.5 + 1e-4);
                assertThat(bytes.to(ScalarType.Double)
                                .abs()
                                .amax(new long[] {1}, false)
                                .min()
                                .item_double())
                        .isEqualTo(127);
            });
        }
    }

    @Test
    void aRowOfZerosStaysOne() {
        Scopes.run(() -> {
            Tensor bytes = Tensors.of(new float[] {9, 9, 9, 9}, 2, 2).to(ScalarType.Char);
            Tensor scale = Tensors.zeros(ScalarType.Float, 2);
            ByteRows.quantize(Tensors.of(new float[] {0, 0, -0.5F, 0.25F}, 2, 2), bytes, scale);

            assertThat(Tensors.longs(bytes)).containsExactly(0, 0, -127, 64);
            assertThat(Tensors.isFinite(scale)).isTrue();
            assertThat(Tensors.floats(scale)[1]).isCloseTo(0.5F / 127, within(1e-8F));
        });
    }
}
