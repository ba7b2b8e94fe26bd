package kinema.nn;

import java.util.Objects;
import kinema.tensor.ByteRows;
import kinema.tensor.Scopes;
import kinema.weights.Matrix;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Products with a matrix in 8 bits. The rows of the input, one for each token, are rounded to 8 bits too (dynamic quantization); their products with the
 * matrix are sums of integers, exact, and each is multiplied by the scales of its row of the input and its row of the matrix:
 *
 * <pre>y[i, j] = scale(x, i) · scale(W, j) · Σ x8[i, k] · W8[j, k] + b[j]</pre>
 *
 * <p>Computed piece by piece, so that the sums are scaled while they are in the processor's cache. Where the processor has
 * instructions for integers of 8 bits, libtorch's product by oneDNN sums them; elsewhere the pieces are widened and summed in
 * float32, which saves the same memory, takes some three times as long as bf16, and may differ in the last digits.
 *
 * @see <a href="https://arxiv.org/abs/2206.01861">ZeroQuant, sections 4.1 and 4.2</a>
 */
final class ByteProduct {
    private static final long ROWS = 512;
    private static final long COLUMNS = 2048;
    private static final long WIDENED = 1 << 20; // numbers of the matrix

    private ByteProduct() {}

    /**
     * The product, in the dtype of x.
     *
     * @param x (…, in)
     * @param matrix (out, in) in 8 bits
     * @param bias (out)
     * @return (…, out)
     */
    static Tensor of(Tensor x, Matrix matrix, @Nullable Tensor bias) {
        return of(x, matrix, bias, Pieces.of(matrix, OneDnn.sumsBytes() && IntProduct.suits(matrix.numbers())));
    }

    /**
     * How a product is computed; no number depends on the sizes.
     *
     * @param rows of the result that are computed at a time, at most
     * @param columns of these that are, at most
     * @param integers whether integers are summed as such, not in float32
     */
    record Pieces(long rows, long columns, boolean integers) {
        /** The fastest sizes. */
        static Pieces of(Matrix matrix, boolean integers) {
            long widened = Math.max(1, WIDENED / matrix.numbers().size(1));
            return new Pieces(ROWS, integers ? COLUMNS : widened, integers);
        }
    }

    /** The product in these pieces. */
    static Tensor of(Tensor x, Matrix matrix, @Nullable Tensor bias, Pieces pieces) {
        return Scopes.keep(() -> {
            long out = matrix.numbers().size(0);
            long in = matrix.numbers().size(1);
            Tensor rows = x.reshape(-1, in); // (n, in)
            Tensor y = torch.empty(new long[] {rows.size(0), out}, x.options(), null); // (n, out)
            new Work(matrix, bias == null ? null : bias.to(ScalarType.Float), pieces, rows).into(y);
            long[] shape = x.shape();
            shape[shape.length - 1] = out;
            return y.view(shape); // (…, out)
        });
    }

    /** One product, with the memory that its pieces use one after the other. */
    private static final class Work {
        private final Tensor matrix; // (out, in)
        private final Tensor scale; // (out)
        private final @Nullable Tensor bias; // (out)
        private final Tensor x; // (n, in)
        private final long count; // of the input's rows in a piece
        private final long columns; // of the result in a piece
        private final Tensor bytes; // (count, in)
        private final Tensor tokens; // their scales, (count)
        private final Tensor sums; // of count · columns
        private final @Nullable Tensor wideBytes; // (count, in)
        private final @Nullable Tensor wideMatrix; // (columns, in)

        private Work(Matrix m, @Nullable Tensor bias, Pieces pieces, Tensor x) {
            matrix = m.numbers();
            scale = Objects.requireNonNull(m.scale());
            this.bias = bias;
            this.x = x;
            long in = x.size(1);
            count = Math.min(pieces.rows, x.size(0));
            columns = Math.min(pieces.columns, matrix.size(0));
            bytes = empty(ScalarType.Char, count, in);
            tokens = empty(ScalarType.Float, count);
            sums = empty(pieces.integers ? ScalarType.Int : ScalarType.Float, count * columns);
            wideBytes = pieces.integers ? null : empty(ScalarType.Float, count, in);
            wideMatrix = pieces.integers ? null : empty(ScalarType.Float, columns, in);
        }

        private Tensor empty(ScalarType dtype, long... shape) {
            TensorOptions options = x.options().dtype(new ScalarTypeOptional(dtype));
            return torch.empty(shape, options, null);
        }

        private void into(Tensor y) {
            for (long first = 0; first < x.size(0); first += count) {
                long from = first;
                Scopes.run(() -> rows(y, from, Math.min(count, x.size(0) - from)));
            }
        }

        private void rows(Tensor y, long from, long here) {
            Tensor b = bytes.narrow(0, 0, here); // (here, in)
            Tensor s = tokens.narrow(0, 0, here); // (here)
            ByteRows.quantize(x.narrow(0, from, here), b, s);
            Tensor part = y.narrow(0, from, here); // (here, out)
            Tensor factor = wideBytes == null ? b : wideBytes.narrow(0, 0, here).copy_(b);
            for (long first = 0; first < matrix.size(0); first += columns) {
                long column = first;
                Scopes.run(
                        () -> piece(part, factor, s.view(-1, 1), column, Math.min(columns, matrix.size(0) - column)));
            }
        }

        /** Columns of a few rows: sums, scaled where they are. */
        private void piece(Tensor part, Tensor factor, Tensor rowScale, long column, long width) {
            long here = part.size(0);
            Tensor sum = sums.narrow(0, 0, here * width).view(here, width); // (here, width)
            Tensor w = matrix.narrow(0, column, width); // (width, in)
            Tensor scaled = sum; // (here, width)
            if (wideMatrix == null) {
                IntProduct.into(sum, factor, w);
                scaled = sum.view(ScalarType.Float).copy_(sum);
            } else {
                torch.mm_out(
                        sum, factor, wideMatrix.narrow(0, 0, width).copy_(w).t());
            }
            scaled.mul_(rowScale).mul_(scale.narrow(0, column, width));
            if (bias != null) {
                scaled.add_(bias.narrow(0, column, width));
            }
            part.narrow(1, column, width).copy_(scaled);
        }
    }
}
