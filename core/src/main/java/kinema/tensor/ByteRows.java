package kinema.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Rows of numbers as integers from -127 to 127, each row with a scale of its own: its largest number becomes ±127. */
public final class ByteRows {
    private static final double MOST = 127;
    private static final double SMALLEST = 1e-30; // a row of less than that is one of zeros
    private static final long PIECE = 1 << 18; // numbers that are in the processor's cache meanwhile

    private ByteRows() {}

    /**
     * Rounds each number to the nearest integer times its row's scale. Where a row holds a NaN or an infinite number, so is its scale.
     *
     * @param x (n, in), floating-point numbers
     * @param bytes (n, in) int8, which is written
     * @param scale (n) float32, which is written
     */
    public static void quantize(Tensor x, Tensor bytes, Tensor scale) {
        long rows = x.size(0);
        long count = Math.max(1, PIECE / x.size(1));
        for (long first = 0; first < rows; first += count) {
            long from = first;
            long here = Math.min(count, rows - first);
            Scopes.run(() -> piece(x.narrow(0, from, here), bytes.narrow(0, from, here), scale.narrow(0, from, here)));
        }
    }

    private static void piece(Tensor x, Tensor bytes, Tensor scale) {
        long[] row = {1};
        Tensor most = torch.maximum(x.amax(row, true), x.amin(row, true).neg())
                .to(ScalarType.Float)
                .clamp_min_(new Scalar(SMALLEST)); // (n, 1)
        Tensor factor = most.reciprocal().mul_(new Scalar(MOST)); // (n, 1)
        Tensor scaled = torch.empty(x.shape(), factor.options(), null).copy_(x); // (n, in)
        bytes.copy_(scaled.mul_(factor).round_());
        scale.copy_(most.mul_(new Scalar(1 / MOST)).view(-1));
    }
}
