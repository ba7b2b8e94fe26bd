package kinema.weights;

import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The matrix of a linear map, as it is in memory.
 *
 * @param numbers (out, in): floating-point numbers, or int8 where there are scales
 * @param scale what each row is multiplied by, (out) float32; null for floating-point numbers
 */
public record Matrix(Tensor numbers, @Nullable Tensor scale) {
    /** One of floating-point numbers. */
    static Matrix plain(Tensor numbers) {
        return new Matrix(numbers, null);
    }

    /** One in 8 bits without contents, of the meta device. */
    static Matrix meta(long[] shape) {
        return new Matrix(Tensors.meta(ScalarType.Char, shape), Tensors.meta(ScalarType.Float, shape[0]));
    }

    /** Bytes of one in 8 bits. */
    static long bytes(long[] shape) {
        return shape[0] * (shape[1] + Float.BYTES);
    }
}
