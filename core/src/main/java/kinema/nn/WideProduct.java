package kinema.nn;

import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products with a matrix that is stored in 16 bits while all else is in 32: the matrix is widened a piece at a time and
 * each piece is multiplied while it is in the processor's cache. So the matrix is in memory once, in 16 bits, and half as many
 * bytes come from there for a product as if it were kept in 32.
 */
public final class WideProduct {
    private static final long PIECE = 1 << 20; // numbers

    private WideProduct() {}

    /** Whether a product of these is computed so. */
    static boolean isOf(Tensor x, Tensor weight) {
        return Dtypes.bytes(weight.scalar_type()) < Dtypes.bytes(x.scalar_type());
    }

    /**
     * x·Wᵀ in the dtype of x.
     *
     * @param x (…, in)
     * @param weight (out, in), in the dtype of x or a narrower one
     * @return (…, out)
     */
    public static Tensor of(Tensor x, Tensor weight) {
        if (!isOf(x, weight)) {
            return torch.linear(x, weight);
        }
        return Scopes.keep(() -> {
            long out = weight.size(0);
            long in = weight.size(1);
            Tensor rows = x.reshape(-1, in); // (n, in)
            Tensor y = torch.empty(new long[] {rows.size(0), out}, x.options(), null);
            long count = Math.max(1, Math.min(out, PIECE / in)); // of the matrix's rows
            Tensor wide = torch.empty(new long[] {count, in}, x.options(), null);
            for (long first = 0; first < out; first += count) {
                long from = first;
                long here = Math.min(count, out - first);
                Scopes.run(() -> {
                    Tensor piece = wide.narrow(0, 0, here).copy_(weight.narrow(0, from, here)); // (here, in)
                    torch.mm_out(y.narrow(1, from, here), rows, piece.t()); // (n, here)
                });
            }
            long[] shape = x.shape();
            shape[shape.length - 1] = out;
            return y.view(shape); // (…, out)
        });
    }
}
