package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import kinema.nn.ByteProduct.Pieces;
import kinema.tensor.ByteRows;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Adapters;
import kinema.weights.Init;
import kinema.weights.LowRank;
import kinema.weights.Matrix;
import kinema.weights.WeightSource;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products with a matrix in 8 bits, against their formula in float64. */
class ByteProductTest {
    private static final double TOLERANCE = 1e-5;

    private final Rng rng = new Rng(5);

    @AfterEach
    void free() {
        rng.close();
    }

    /** Integers are summed where the processor has instructions for it; elsewhere their sums may be wrong, and nothing takes them. */
    private static boolean sums(boolean integers) {
        return integers && OneDnn.sumsBytes();
    }

    @ParameterizedTest
    @CsvSource({
        "true,1,3,5",
        "false,1,3,5",
        "true,77,48,192",
        "false,77,48,192",
        "true,1100,65,2050",
        "false,1100,65,2050",
        "true,6,7680,33",
        "false,6,7680,33"
    })
    void theProductIsThatOfTheFormula(boolean integers, long rows, long in, long out) {
        Scopes.run(() -> {
            Tensor x = rng.randn(rows, in);
            Matrix matrix = matrix(out, in);
            Tensor bias = rng.randn(out);
            Tensor y = ByteProduct.of(x, matrix, bias, Pieces.of(matrix, sums(integers)));
            assertThat(Golden.difference(y, formula(x, matrix, bias)).worst()).isLessThan(TOLERANCE);
            assertThat(Golden.difference(
                                    ByteProduct.of(x, matrix, null, Pieces.of(matrix, sums(integers))),
                                    formula(x, matrix, null))
                            .worst())
                    .isLessThan(TOLERANCE);
        });
    }

    @Test
    void aMatrixOfOneInputIsMultipliedToo() {
        Scopes.run(() -> {
            Tensor x = rng.randn(3, 1);
            Matrix matrix = matrix(7, 1);
            assertThat(Golden.difference(ByteProduct.of(x, matrix, null), formula(x, matrix, null))
                            .worst())
                    .isLessThan(TOLERANCE);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void noNumberDependsOnThePieces(boolean integers) {
        for (ScalarType dtype : new ScalarType[] {ScalarType.Float, ScalarType.BFloat16}) {
            Scopes.run(() -> {
                Tensor x = rng.randn(50, 40).to(dtype); // so few in a row that their sums are exact in float32 too
                Matrix matrix = matrix(70, 40);
                Tensor bias = rng.randn(70).to(dtype);
                Tensor whole = ByteProduct.of(x, matrix, bias, new Pieces(50, 70, sums(integers)));
                Tensor pieces = ByteProduct.of(x, matrix, bias, new Pieces(7, 9, sums(integers)));
                assertThat(pieces.scalar_type().intern()).isEqualTo(dtype);
                assertThat(Tensors.floats(pieces)).containsExactly(Tensors.floats(whole));
            });
        }
    }

    @Test
    void whatIsNoNumberStaysInItsRow() {
        Scopes.run(() -> {
            Tensor x = rng.randn(3, 8);
            x.narrow(0, 1, 1).narrow(1, 2, 1).fill_(new Scalar(Double.NaN));
            Tensor y = ByteProduct.of(x, matrix(4, 8), null);
            assertThat(Tensors.isFinite(y.narrow(0, 0, 1))).isTrue();
            assertThat(y.narrow(0, 1, 1).isnan().all().item_bool()).isTrue();
            assertThat(Tensors.isFinite(y.narrow(0, 2, 1))).isTrue();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLayerMultipliesInEightBitsWhereItsNodeSaysThatItMay(boolean quantizable) {
        Scopes.run(() -> {
            Tensor weight = rng.randn(6, 5);
            Tensor bias = rng.randn(6);
            Weights w = weights(weight, bias);
            Tensor x = rng.randn(2, 3, 5);
            Tensor y = Linear.zeroBias(quantizable ? w.quantizable() : w, 5, 6, Init.ZEROS)
                    .forward(x);
            assertThat(y.shape()).containsExactly(2, 3, 6);
            Tensor exact = quantizable
                    ? formula(x.view(6, 5), quantized(weight), bias)
                    : torch.linear(x.view(6, 5), weight, Tensors.some(bias));
            assertThat(Golden.difference(y.view(6, 6), exact).worst()).isLessThan(TOLERANCE);
        });
    }

    @Test
    void aChangeOfLowRankIsAddedBesideIt() {
        Scopes.run(() -> {
            Tensor weight = rng.randn(6, 5);
            Tensor bias = rng.randn(6);
            LowRank change = new LowRank(rng.randn(2, 5), rng.randn(6, 2), 0.5);
            Adapters all = (layer, in, out) -> change;
            Tensor x = rng.randn(4, 5);
            Tensor y = Linear.zeroBias(weights(weight, bias).quantizable().with(all), 5, 6, Init.ZEROS)
                    .forward(x);
            Tensor exact = change.addTo(formula(x, quantized(weight), bias).to(ScalarType.Float), x);
            assertThat(Golden.difference(y, exact).worst()).isLessThan(TOLERANCE);
        });
    }

    /** The formula, with the rows of x rounded as {@link ByteRows} rounds them. */
    private static Tensor formula(Tensor x, Matrix matrix, @Nullable Tensor bias) {
        return Scopes.keep(() -> {
            Matrix rows = quantized(x);
            Tensor y = torch.linear(wide(rows), wide(matrix)); // (n, out)
            return bias == null ? y : y.add(bias);
        });
    }

    private static Tensor wide(Matrix matrix) {
        return matrix.numbers()
                .to(ScalarType.Double)
                .mul(Objects.requireNonNull(matrix.scale()).view(-1, 1));
    }

    private Matrix matrix(long out, long in) {
        return quantized(rng.randn(out, in));
    }

    private static Matrix quantized(Tensor x) {
        Tensor bytes = Tensors.zeros(ScalarType.Char, x.shape());
        Tensor scale = Tensors.zeros(ScalarType.Float, x.size(0));
        ByteRows.quantize(x, bytes, scale);
        return new Matrix(bytes, scale);
    }

    private static Weights weights(Tensor weight, Tensor bias) {
        return new Weights(new WeightSource() {
            @Override
            public Tensor leaf(String key, Init init, long[] shape) {
                return shape.length == 2 ? weight : bias;
            }

            @Override
            public Matrix matrix(String key, Init init, long[] shape) {
                return quantized(weight);
            }
        });
    }
}
