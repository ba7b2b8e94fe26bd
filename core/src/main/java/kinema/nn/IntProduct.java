package kinema.nn;

import kinema.tensor.Scopes;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch's product of matrices of 8-bit integers, which the binding has no method for, while TorchScript has one. */
final class IntProduct {
    private static final CompilationUnit SCRIPT = Scopes.unwatched(
            () -> Scopes.own(torch.compile("def multiply(x, w, y):\n    return torch._int_mm(x, w.t(), out=y)\n")));
    private static final Function MULTIPLY =
            Scopes.unwatched(() -> Scopes.own(SCRIPT.find_function(new QualifiedName("multiply"))));

    private IntProduct() {}

    /** Whether it is right for a matrix, (out, in): the transpose of one with a single input is taken for the matrix itself. */
    static boolean suits(Tensor weight) {
        return weight.size(1) > 1;
    }

    /**
     * Writes x·Wᵀ; nothing where there are no contents.
     *
     * @param x (n, in) int8
     * @param weight (out, in) int8
     * @param y (n, out) int32
     */
    static void into(Tensor y, Tensor x, Tensor weight) {
        if (!x.is_meta()) {
            Scopes.unwatched(() -> MULTIPLY.apply(new IValueVector(new IValue(x), new IValue(weight), new IValue(y)))
                    .isTensor());
        }
    }
}
