package kinema.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Matrix;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every way that products, convolutions and attention may take on this machine, against float64, in many shapes that fit no
 * block. The differences must stay far below 1e-3 of the numbers on the average of squares, so that wrong numbers show even
 * where they are few.
 */
class FastWaysTest {
    private static final long[] UNIT = {1, 1, 1};
    private static final double FLOAT_BOUND = 1e-5;
    private static final double BFLOAT_BOUND = 3e-4; // against the exact numbers rounded once
    private static final int FLIPS = 2; // numbers between two that may be rounded either way
    private static final double BFLOAT_ULP = 1.0 / 128; // of the largest number, at most
    private static final double BFLOAT_ATTENTION_BOUND = 4e-3; // its weights are rounded too

    private final Rng rng = new Rng(1);
    private final List<String> wrong = new ArrayList<>();
    private NoGradGuard guard;

    @BeforeEach
    void withoutDerivatives() {
        guard = new NoGradGuard();
    }

    @AfterEach
    void free() {
        guard.close();
        rng.close();
    }

    @Test
    void products() {
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            for (long rows : new long[] {1, 2, 63, 64, 65, 77, 130, 226}) {
                for (long in : new long[] {8, 33, 48, 100, 192, 1920}) {
                    for (long out : new long[] {1, 7, 48, 64, 200, 515}) {
                        Scopes.run(() -> product(dtype, rows, in, out));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /** Sums of integers have no rounding: every one is exact. */
    @Test
    void productsOfBytes() {
        for (long rows : new long[] {1, 2, 63, 64, 65, 130, 226}) {
            for (long in : new long[] {1, 8, 33, 100, 192, 1920}) {
                for (long out : new long[] {1, 7, 48, 64, 515}) {
                    Scopes.run(() -> {
                        Tensor x = bytes(rows, in).to(ScalarType.Float);
                        x.select(1, 0).fill_(new Scalar(Byte.MAX_VALUE)); // so that each row's scale is 1
                        Tensor w = bytes(out, in);
                        Tensor y = ByteProduct.of(x, new Matrix(w, torch.ones(out)), null);
                        Tensor sums = torch.linear(exact(x), exact(w)).to(ScalarType.Float);
                        if (!y.equal(sums)) {
                            wrong.add("%d rows of %d by %d in 8 bits".formatted(rows, in, out));
                        }
                    });
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private Tensor bytes(long... shape) {
        return Scopes.keep(() -> rng.rand(shape)
                .sub(new Scalar(0.5))
                .mul(new Scalar(2 * Byte.MAX_VALUE))
                .round()
                .to(ScalarType.Char));
    }

    private void product(ScalarType dtype, long rows, long in, long out) {
        Tensor x = numbers(dtype, 1, rows, in);
        Tensor w = numbers(dtype, in, out, in);
        Tensor b = numbers(dtype, 1, out);
        Tensor exact = torch.linear(exact(x), exact(w), Tensors.some(exact(b)));
        String name = "%d rows of %d by %d".formatted(rows, in, out);
        check(name + " as it is", torch.linear(x, w, Tensors.some(b)), exact, BFLOAT_BOUND);
        if (dtype == ScalarType.Float && OneDnn.serves(x)) {
            check(name + " as a convolution", OneDnn.multiply(x, w, Tensors.some(b)), exact, BFLOAT_BOUND);
        }
    }

    @Test
    void convolutions() {
        long[][] kernels = {{1, 1, 1}, {1, 3, 1}, {1, 3, 2}, {3, 3, 1}}; // time, rows and columns, stride
        long[][] sizes = {{3, 5, 7}, {4, 16, 16}, {3, 33, 17}};
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            for (long in : new long[] {1, 3, 16, 24, 130}) {
                for (long out : new long[] {2, 16, 32, 48, 96}) {
                    for (long[] kernel : kernels) {
                        for (long[] size : sizes) {
                            Scopes.run(() -> convolution(dtype, new long[] {in, out}, kernel, size));
                        }
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void convolution(ScalarType dtype, long[] channels, long[] kernel, long[] size) {
        long in = channels[0];
        long out = channels[1];
        Tensor x = numbers(dtype, 1, 1, in, size[0], size[1], size[2]);
        Tensor w = numbers(dtype, in * kernel[0] * kernel[1] * kernel[1], out, in, kernel[0], kernel[1], kernel[1]);
        Tensor b = numbers(dtype, 1, out);
        TensorOptional bias = Tensors.some(b);
        long[] stride = {1, kernel[2], kernel[2]};
        long[] padding = {0, kernel[1] / 2, kernel[1] / 2};
        Tensor exact = torch.conv3d(exact(x), exact(w), Tensors.some(exact(b)), stride, padding, UNIT, 1);
        String name = "%s kernel of %s channels at %s"
                .formatted(Arrays.toString(kernel), Arrays.toString(channels), Arrays.toString(size));
        check(name, OneDnn.conv3d(x, w, bias, stride, padding), exact, BFLOAT_BOUND);
        if (dtype == ScalarType.Float) {
            PlainConv3d fewRows = new PlainConv3d(20_000);
            check(name + ", a few rows", fewRows.forward(x, w, bias, stride, padding), exact, BFLOAT_BOUND);
        }
    }

    @Test
    void attention() {
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            for (long heads : new long[] {1, 3}) {
                for (long length : new long[] {1, 17, 77, 255, 257, 530}) {
                    for (long headDim : new long[] {16, 33, 64}) {
                        Scopes.run(() -> attention(dtype, heads, length, headDim));
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    private void attention(ScalarType dtype, long heads, long length, long headDim) {
        Tensor q = numbers(dtype, 1, 1, heads, length, headDim);
        Tensor k = numbers(dtype, 1, 1, heads, length, headDim);
        Tensor v = numbers(dtype, 1, 1, heads, length, headDim);
        Tensor scores = exact(q).matmul(exact(k).transpose(2, 3)).div(new Scalar(Math.sqrt(headDim)));
        Tensor exact = torch.softmax(scores, -1).matmul(exact(v));
        String name = "attention of %d heads of %d over %d".formatted(heads, headDim, length);
        check(name + " by libtorch", torch.scaled_dot_product_attention(q, k, v), exact, BFLOAT_ATTENTION_BOUND);
        check(name, Kernels.attention(q, k, v), exact, BFLOAT_ATTENTION_BOUND);
        Tensor hidden = torch.ones(new long[] {length, length}).triu(1).to(ScalarType.Bool);
        Tensor added = Tensors.zeros(dtype, length, length).masked_fill_(hidden, new Scalar(-1e4));
        Tensor masked = torch.softmax(scores.masked_fill(hidden, new Scalar(Double.NEGATIVE_INFINITY)), -1)
                .matmul(exact(v));
        for (Tensor mask : List.of(added, hidden.logical_not())) {
            check(
                    name + " with a mask",
                    Kernels.attention(q, k, v, Tensors.some(mask), new DoubleOptional()),
                    masked,
                    BFLOAT_ATTENTION_BOUND);
        }
    }

    /** Normal numbers whose sums of {@code terms} products have a deviation of 1. */
    private Tensor numbers(ScalarType dtype, long terms, long... shape) {
        return Scopes.keep(
                () -> rng.randn(shape).div(new Scalar(Math.sqrt(terms))).to(dtype));
    }

    private static Tensor exact(Tensor x) {
        return x.to(ScalarType.Double);
    }

    private void check(String name, Tensor y, Tensor exact, double shortBound) {
        ScalarType dtype = y.scalar_type().intern();
        boolean isFloat = dtype == ScalarType.Float;
        Tensor rounded = exact(exact.to(dtype));
        double size = sumOfSquares(rounded);
        double off = sumOfSquares(exact(y).sub(rounded));
        double flips = isFloat ? 0 : FLIPS * Math.pow(rounded.abs().max().item_double() * BFLOAT_ULP, 2);
        double bound = isFloat ? FLOAT_BOUND : shortBound;
        if (!(off <= bound * bound * size + flips)) { // NaN too
            wrong.add(String.format(Locale.ROOT, "%s in %s: %.2g", name, dtype, Math.sqrt(off / size)));
        }
    }

    private static double sumOfSquares(Tensor x) {
        return Scopes.run((Supplier<Double>) () -> torch.square(x).sum().item_double());
    }
}
