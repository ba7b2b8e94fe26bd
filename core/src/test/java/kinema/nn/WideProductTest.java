package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.testing.Golden;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrices of 16 bits that are widened piece by piece, against the whole of them widened at once. */
class WideProductTest {
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @CsvSource({"HALF,3,5", "BFLOAT16,3,5", "HALF,700,3000", "BFLOAT16,1500,1100"})
    void productsEqualThoseOfTheMatrixWidenedAtOnce(String dtype, long in, long out) {
        ScalarType narrow = dtype.equals("HALF") ? ScalarType.Half : ScalarType.BFloat16;
        try (Rng rng = new Rng(3)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(2, 4, in);
                Tensor weight = rng.randn(out, in).to(narrow);
                Tensor expected = torch.linear(x, weight.to(ScalarType.Float));
                Tensor product = WideProduct.of(x, weight);
                assertThat(product.shape()).containsExactly(2, 4, out);
                assertThat(Golden.difference(product, expected).worst()).isLessThan(TOLERANCE);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aLayerWidensItsWeightForAWideInputAlone(boolean wide) {
        try (Rng rng = new Rng(4)) {
            Scopes.run(() -> {
                Tensor weight = rng.randn(6, 5).to(ScalarType.BFloat16);
                Tensor bias = rng.randn(6);
                Linear layer = new Linear(
                        new Weights((key, init, shape) ->
                                shape.length == 2 ? weight : wide ? bias : bias.to(ScalarType.BFloat16)),
                        5,
                        6);
                Tensor x = rng.randn(3, 5).to(wide ? ScalarType.Float : ScalarType.BFloat16);
                Tensor y = layer.forward(x);
                assertThat(y.scalar_type().intern()).isEqualTo(x.scalar_type().intern());
                Tensor expected = torch.linear(x.to(ScalarType.Float), weight.to(ScalarType.Float))
                        .add(bias);
                assertThat(Golden.difference(y, expected).worst()).isLessThan(wide ? TOLERANCE : 0.05);
            });
        }
    }

    /** Each way of multiplying: row by row, all rows by a thread that has the piece, all rows by all threads. */
    @ParameterizedTest
    @ValueSource(longs = {1, 4, 5, 16, 40, 63, 64, 100})
    void anyNumberOfRowsIsMultiplied(long rows) {
        try (Rng rng = new Rng(6)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(rows, 701);
                Tensor weight = rng.randn(3001, 701).to(ScalarType.Half);
                Tensor expected = torch.linear(x, weight.to(ScalarType.Float));
                assertThat(Golden.difference(WideProduct.of(x, weight), expected)
                                .worst())
                        .isLessThan(TOLERANCE);
            });
        }
    }

    @Test
    void derivativesGoThroughIt() {
        try (Rng rng = new Rng(7)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(2, 30).set_requires_grad(true);
                Tensor weight = rng.randn(20, 30).to(ScalarType.Half);
                WideProduct.of(x, weight).sum().backward();
                assertThat(Golden.difference(
                                        x.grad().select(0, 1),
                                        weight.to(ScalarType.Float).sum(0))
                                .worst())
                        .isLessThan(TOLERANCE);
            });
        }
    }

    /** So that what goes on beside a sequence does not change its numbers. */
    @ParameterizedTest
    @CsvSource({"HALF,700,3000", "BFLOAT16,1500,1100"})
    void aRowsProductIsTheSameWhateverRowsAreBesideIt(String dtype, long in, long out) {
        ScalarType narrow = dtype.equals("HALF") ? ScalarType.Half : ScalarType.BFloat16;
        try (Rng rng = new Rng(5)) {
            Scopes.run(() -> {
                Tensor x = rng.randn(4, in);
                Tensor weight = rng.randn(out, in).to(narrow);
                Tensor all = WideProduct.of(x, weight);
                for (long rows : new long[] {1, 2, 3}) {
                    Tensor some = WideProduct.of(x.narrow(0, 4 - rows, rows).clone(), weight);
                    assertThat(some.equal(all.narrow(0, 4 - rows, rows)))
                            .as("%d rows", rows)
                            .isTrue();
                }
            });
        }
    }
}
