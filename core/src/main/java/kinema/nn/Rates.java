package kinema.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import kinema.nn.ByteProduct.Pieces;
import kinema.nn.OneDnn.Product;
import kinema.tensor.ByteRows;
import kinema.tensor.Dtypes;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Matrix;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How fast this processor does what networks are made of, in each way that Kinema has, and which way it takes. A few seconds; nothing is
 * remembered. The medians of a busy machine are its own.
 */
public final class Rates {
    private static final double SECONDS = 0.4; // of a way, at least
    private static final int LEAST = 3; // times
    private static final double NANO = 1e-9;

    private static final long SIDE = 1024; // of a product
    private static final long CHANNELS = 64;
    private static final long PICTURE = 64; // rows and columns
    private static final long KERNEL = 3;
    private static final long FRAMES = 2; // that a convolution makes
    private static final long HEADS = 8;
    private static final long TOKENS = 1024;
    private static final long HEAD_SIZE = 64;
    private static final long MEMORY = 64L << 20; // numbers

    private static final long[] ONE = {1, 1, 1};
    private static final long[] PADDING = {0, 1, 1};

    /**
     * What was measured.
     *
     * @param work such as {@code product fp32}
     * @param way in which it was done
     * @param taken whether networks do it in this way here
     * @param perSecond floating-point operations, or bytes of memory, in a second
     */
    public record Rate(String work, String way, boolean taken, double perSecond) {}

    private final List<Rate> all = new ArrayList<>();

    private Rates() {}

    /** Measures all; the ways of a kind of work stand together. */
    public static List<Rate> measure() {
        try (NoGradGuard noGrad = new NoGradGuard();
                Rng rng = new Rng(1)) {
            Rates rates = new Rates();
            Scopes.run(() -> rates.products(rng.randn(SIDE, SIDE), rng.randn(SIDE, SIDE)));
            Scopes.run(() -> rates.convolutions(
                    rng.randn(1, CHANNELS, FRAMES + KERNEL - 1, PICTURE, PICTURE),
                    rng.randn(CHANNELS, CHANNELS, KERNEL, KERNEL, KERNEL)));
            Scopes.run(() -> rates.attention(rng.randn(1, HEADS, TOKENS, HEAD_SIZE)));
            Scopes.run(() -> rates.memory(torch.ones(MEMORY)));
            return List.copyOf(rates.all);
        }
    }

    private void products(Tensor x, Tensor weight) {
        double operations = 2.0 * SIDE * SIDE * SIDE;
        Product way = OneDnn.product(x);
        add("product fp32", "libtorch", way == Product.AS_IT_IS, operations, () -> torch.linear(x, weight));
        if (OneDnn.serves(x)) {
            add(
                    "product fp32",
                    "oneDNN's convolution",
                    way == Product.AS_CONVOLUTION,
                    operations,
                    () -> OneDnn.multiply(x, weight, Tensors.none()));
        }
        Tensor s = x.to(ScalarType.BFloat16);
        Tensor w = weight.to(ScalarType.BFloat16);
        Product shortWay = OneDnn.product(s);
        add("product bf16", "libtorch", shortWay == Product.AS_IT_IS, operations, () -> torch.linear(s, w));
        add(
                "product bf16",
                "in fp32",
                shortWay == Product.IN_FLOAT,
                operations,
                () -> torch.linear(OneDnn.wide(s), OneDnn.wide(w)).to(ScalarType.BFloat16));
        byteProducts(s, weight, operations);
    }

    /** With all that rounding the rows takes, and scaling the sums. */
    private void byteProducts(Tensor x, Tensor weight, double operations) {
        Tensor bytes = torch.empty(weight.shape(), Dtypes.options(ScalarType.Char), null);
        Tensor scale = Tensors.zeros(ScalarType.Float, weight.size(0));
        ByteRows.quantize(weight, bytes, scale);
        Matrix matrix = new Matrix(bytes, scale);
        boolean taken = OneDnn.sumsBytes();
        if (taken) {
            Pieces pieces = Pieces.of(matrix, true);
            add("product int8", "oneDNN's integers", true, operations, () -> ByteProduct.of(x, matrix, null, pieces));
        }
        Pieces wide = Pieces.of(matrix, false);
        add("product int8", "in fp32", !taken, operations, () -> ByteProduct.of(x, matrix, null, wide));
    }

    private void convolutions(Tensor video, Tensor weight) {
        double operations = 2.0 * CHANNELS * CHANNELS * Math.pow(KERNEL, 3) * FRAMES * PICTURE * PICTURE;
        Tensor x = video.contiguous(MemoryFormat.ChannelsLast3d);
        boolean served = OneDnn.serves(x);
        if (served) {
            add("convolution fp32", "oneDNN", true, operations, () -> oneDnn(x, weight));
        }
        add(
                "convolution fp32",
                "libtorch's products",
                !served,
                operations,
                () -> PlainConv3d.USUAL.forward(x, weight, Tensors.none(), ONE, PADDING));
        Tensor s = x.to(ScalarType.BFloat16);
        Tensor w = weight.to(ScalarType.BFloat16);
        boolean shortServed = OneDnn.serves(s);
        if (shortServed) {
            add("convolution bf16", "oneDNN", true, operations, () -> oneDnn(s, w));
        }
        add(
                "convolution bf16",
                "in fp32",
                !shortServed,
                operations,
                () -> OneDnn.conv3d(OneDnn.wide(s), OneDnn.wide(w), Tensors.none(), ONE, PADDING)
                        .to(ScalarType.BFloat16));
    }

    private static Tensor oneDnn(Tensor x, Tensor weight) {
        return OneDnn.named(x, weight, Tensors.none(), ONE, PADDING);
    }

    private void attention(Tensor q) {
        double operations = 4.0 * HEADS * TOKENS * TOKENS * HEAD_SIZE;
        add("attention fp32", "libtorch", true, operations, () -> Kernels.attention(q, q, q));
        Tensor s = q.to(ScalarType.BFloat16);
        boolean wide = OneDnn.attendsInFloat(s);
        add("attention bf16", "libtorch", !wide, operations, () -> torch.scaled_dot_product_attention(s, s, s));
        add(
                "attention bf16",
                "in fp32",
                wide,
                operations,
                () -> Kernels.attention(OneDnn.wide(s), OneDnn.wide(s), OneDnn.wide(s))
                        .to(ScalarType.BFloat16));
    }

    private void memory(Tensor numbers) {
        add("reading memory", "a sum", true, numbers.nbytes(), numbers::sum);
    }

    private void add(String work, String way, boolean taken, double amount, Supplier<Tensor> body) {
        all.add(new Rate(work, way, taken, amount / seconds(body)));
    }

    /** The median of a way, after a first time that is not counted. */
    private static double seconds(Supplier<Tensor> body) {
        double first = once(body);
        int times = (int) Math.max(LEAST, SECONDS / first);
        double[] sorted =
                DoubleStream.generate(() -> once(body)).limit(times).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static double once(Supplier<Tensor> body) {
        long start = System.nanoTime();
        Scopes.run(() -> {
            var unused = body.get();
        });
        return (System.nanoTime() - start) * NANO;
    }
}
