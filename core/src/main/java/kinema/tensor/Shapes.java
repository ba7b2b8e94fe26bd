package kinema.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** Checks of tensor shapes with messages for people; libtorch's own run to pages. */
public final class Shapes {
    /** Stands for "any size" in {@link #check}. */
    public static final long ANY = -1;

    private Shapes() {}

    /**
     * Checks rank and sizes.
     *
     * @param name what the tensor is, for the message
     * @param expected sizes; {@link #ANY} accepts every size
     * @throws IllegalArgumentException naming the tensor, the expected and the found shape
     */
    public static void check(String name, Tensor tensor, long... expected) {
        long[] found = tensor.shape();
        boolean ok = found.length == expected.length;
        for (int i = 0; ok && i < found.length; i++) {
            ok = expected[i] == ANY || expected[i] == found[i];
        }
        if (!ok) {
            throw new IllegalArgumentException(name + " must have shape " + text(expected) + ", found " + text(found));
        }
    }

    /** The shape as {@code (2, 3, ?)}. */
    public static String text(long... shape) {
        StringBuilder out = new StringBuilder("(");
        for (int i = 0; i < shape.length; i++) {
            out.append(i == 0 ? "" : ", ").append(shape[i] == ANY ? "?" : Long.toString(shape[i]));
        }
        return out.append(')').toString();
    }

    /** The number of elements of a shape. */
    public static long count(long... shape) {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
}
