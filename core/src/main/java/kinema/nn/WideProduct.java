package kinema.nn;

import java.util.function.IntConsumer;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products with a matrix that is stored in 16 bits while all else is in 32: the matrix is widened a piece at a time and
 * each piece is multiplied while it is in the cache of the processor that widened it. So the matrix is in memory once, in 16 bits, half as
 * many bytes come from there for a product as if it were kept in 32, and no processor waits for what another has in its cache.
 *
 * <p>With a matrix of several pieces up to {@value #FEW} rows are multiplied one by one, which takes less than to lay a piece out for all of
 * them. Of many rows all threads widen and multiply one piece after the other together.
 */
public final class WideProduct {
    private static final long PIECE = 1 << 19; // numbers
    private static final long FEW = 4;
    private static final long MANY =
            64; // rows from which on all threads work on one piece; a token of all windows of a video has fewer

    private WideProduct() {}

    /** Whether a product of these is computed so. */
    static boolean isOf(Tensor x, Tensor weight) {
        return Dtypes.bytes(weight.scalar_type()) < Dtypes.bytes(x.scalar_type());
    }

    /** Whether a product with a matrix of so many numbers is shared by threads. */
    public static boolean isShared(long numbers) {
        return numbers > PIECE;
    }

    /**
     * x·Wᵀ in the dtype of x.
     *
     * @param x (…, in)
     * @param weight (out, in), in the dtype of x or a narrower one
     * @return (…, out)
     */
    public static Tensor of(Tensor x, Tensor weight) {
        if (!isOf(x, weight) || (GradMode.is_enabled() && (x.requires_grad() || weight.requires_grad()))) {
            return torch.linear(x, weight.to(x.scalar_type()));
        }
        return Scopes.keep(() -> {
            long out = weight.size(0);
            long in = weight.size(1);
            Tensor rows = x.reshape(-1, in); // (n, in)
            Tensor y = torch.empty(new long[] {rows.size(0), out}, x.options(), null);
            long count = Math.max(1, Math.min(out, PIECE / in)); // of the matrix's rows
            int pieces = Math.toIntExact((out + count - 1) / count);
            boolean oneByOne = pieces > 1 && rows.size(0) <= FEW;
            IntConsumer widening = piece -> {
                long first = piece * count;
                long here = Math.min(count, out - first);
                Tensor wide = weight.narrow(0, first, here).to(x.scalar_type()); // (here, in)
                multiply(rows, wide, y.narrow(1, first, here), oneByOne);
            };
            if (rows.size(0) < MANY) {
                ComputeThreads.share(pieces, widening);
            } else {
                for (int i = 0; i < pieces; i++) {
                    int piece = i;
                    Scopes.run(() -> widening.accept(piece));
                }
            }
            long[] shape = x.shape();
            shape[shape.length - 1] = out;
            return y.view(shape); // (…, out)
        });
    }

    /** (n, in) and (some, in) to (n, some). */
    private static void multiply(Tensor rows, Tensor piece, Tensor y, boolean oneByOne) {
        if (!oneByOne) {
            torch.mm_out(y, rows, piece.t());
            return;
        }
        for (long row = 0; row < rows.size(0); row++) {
            torch.mv_out(y.select(0, row), piece, rows.select(0, row)); // (some)
        }
    }
}
