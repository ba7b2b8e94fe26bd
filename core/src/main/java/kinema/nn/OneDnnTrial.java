package kinema.nn;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A few small layers by oneDNN, held against the same in float64. Takes some ten milliseconds. */
final class OneDnnTrial {
    /** Of the largest number; a wrong block is off by tenths. */
    private static final double FLOAT_BOUND = 1e-4;

    private static final double SHORT_BOUND = 0.03;
    private static final long[] UNIT = {1, 1, 1};

    /** Rows, inputs and outputs of a matrix product. */
    record Product(long rows, long in, long out) {
        @Override
        public String toString() {
            return "a product of %d rows of %d by %d".formatted(rows, in, out);
        }
    }

    /** A convolution: channels, points of its kernel in time and in rows and columns, and what it sees. */
    record Convolution(long in, long out, long time, long kernel, long rows, long columns) {
        @Override
        public String toString() {
            return "a %dx%dx%d convolution of %d to %d channels at %dx%d"
                    .formatted(time, kernel, kernel, in, out, rows, columns);
        }
    }

    private static final List<Product> PRODUCTS = List.of(
            new Product(77, 48, 192), new Product(130, 192, 48), new Product(100, 384, 130), new Product(64, 1920, 64));
    private static final List<Convolution> CONVOLUTIONS = List.of(
            new Convolution(3, 48, 3, 3, 10, 12),
            new Convolution(16, 32, 1, 1, 9, 7),
            new Convolution(48, 48, 3, 3, 6, 9),
            new Convolution(64, 64, 1, 3, 7, 9),
            new Convolution(256, 16, 3, 3, 4, 5));

    private OneDnnTrial() {}

    /**
     * What is wrong with oneDNN in this dtype; empty where nothing is.
     *
     * @param multiplies whether products in float32 are oneDNN's, as convolutions; in short dtypes libtorch's own are
     */
    static Optional<String> failure(ScalarType dtype, boolean multiplies) {
        boolean isFloat = dtype == ScalarType.Float;
        List<Product> products = isFloat && !multiplies ? List.of() : PRODUCTS;
        try (NoGradGuard guard = new NoGradGuard()) {
            return Autocast.without(() -> Scopes.run(() -> CONVOLUTIONS.stream()
                    .flatMap(c -> convolve(c, dtype).stream())
                    .findFirst()
                    .or(() -> products.stream()
                            .flatMap(p -> multiply(p, dtype).stream())
                            .findFirst())));
        }
    }

    /** What is wrong with its products of 8-bit integers, the largest of which are the first to be wrong; empty where nothing is. */
    static Optional<String> ofBytes() {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Autocast.without(() -> Scopes.run(
                    () -> PRODUCTS.stream().flatMap(p -> sumBytes(p).stream()).findFirst()));
        }
    }

    private static Optional<String> sumBytes(Product p) {
        Scalar most = new Scalar(Byte.MAX_VALUE);
        Tensor x = numbers(ScalarType.Double, p.rows, p.in).sign().mul_(most);
        Tensor weight = numbers(ScalarType.Double, p.out, p.in).mul_(most).round_();
        return compare(
                p + " in 8 bits",
                () -> {
                    Tensor y = Tensors.zeros(ScalarType.Int, p.rows, p.out);
                    IntProduct.into(y, x.to(ScalarType.Char), weight.to(ScalarType.Char));
                    return y.to(ScalarType.Float);
                },
                () -> torch.linear(x, weight));
    }

    private static Optional<String> convolve(Convolution c, ScalarType dtype) {
        Tensor x = numbers(dtype, 1, c.in, c.time + 1, c.rows, c.columns);
        Tensor weight = numbers(dtype, c.out, c.in, c.time, c.kernel, c.kernel);
        long[] padding = {0, c.kernel / 2, c.kernel / 2};
        return compare(
                c.toString(),
                () -> OneDnn.named(x, weight, Tensors.none(), UNIT, padding),
                () -> torch.conv3d(
                        x.to(ScalarType.Double), weight.to(ScalarType.Double), Tensors.none(), UNIT, padding, UNIT, 1));
    }

    private static Optional<String> multiply(Product p, ScalarType dtype) {
        Tensor x = numbers(dtype, p.rows, p.in);
        Tensor weight = numbers(dtype, p.out, p.in);
        return compare(
                p.toString(),
                () -> dtype == ScalarType.Float ? OneDnn.multiply(x, weight, Tensors.none()) : torch.linear(x, weight),
                () -> torch.linear(x.to(ScalarType.Double), weight.to(ScalarType.Double)));
    }

    /** What {@code tried} is off by, where that is too much of the largest number of {@code exact}. */
    static Optional<String> compare(String what, Supplier<Tensor> tried, Supplier<Tensor> exact) {
        return Scopes.run(() -> {
            Tensor y = tried.get();
            Tensor want = exact.get();
            double off = y.to(ScalarType.Double).sub(want).abs().max().item_double()
                    / want.abs().max().item_double();
            double bound = y.scalar_type().intern() == ScalarType.Float ? FLOAT_BOUND : SHORT_BOUND;
            return off <= bound // false for NaN
                    ? Optional.empty()
                    : Optional.of(String.format(Locale.ROOT, "%s is off by %.2g of its largest number", what, off));
        });
    }

    /** Numbers between -1 and 1, the same every time, that are no random numbers of libtorch's. */
    private static Tensor numbers(ScalarType dtype, long... shape) {
        return Scopes.keep(() -> {
            long count = LongStream.of(shape).reduce(1, (a, b) -> a * b);
            Tensor angles =
                    torch.arange(new Scalar(count)).to(ScalarType.Double).mul(new Scalar(1.7));
            return torch.sin(angles).view(shape).to(dtype);
        });
    }
}
