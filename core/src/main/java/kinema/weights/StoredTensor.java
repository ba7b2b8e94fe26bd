package kinema.weights;

import java.util.List;
import java.util.function.Supplier;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A tensor that is still in its file: what can be said of it without reading it, and how to read it.
 *
 * @param dtype element type of what is read
 * @param shape its shape; not to be changed
 * @param mapped whether what is read is a view of mapped bytes, which takes no memory of its own
 * @param reader reads it, each time anew
 */
public record StoredTensor(ScalarType dtype, long[] shape, boolean mapped, Supplier<Tensor> reader) {
    /** A tensor that is in memory already. */
    public static StoredTensor of(Tensor tensor) {
        return new StoredTensor(tensor.scalar_type(), tensor.shape(), false, tensor::detach);
    }

    /**
     * Tensors one below the other along the first dimension.
     *
     * @param parts at least one, alike but for the first dimension
     */
    public static StoredTensor stacked(List<StoredTensor> parts) {
        StoredTensor first = parts.get(0);
        long rows = parts.stream().mapToLong(part -> part.shape[0]).sum();
        return new StoredTensor(
                first.dtype,
                withRows(first.shape, rows),
                false,
                () -> Scopes.keep(() ->
                        Tensors.cat(0, parts.stream().map(StoredTensor::read).toArray(Tensor[]::new))));
    }

    /** Reads the tensor. */
    public Tensor read() {
        return reader.get();
    }

    /**
     * One of {@code parts} equal slices of the first dimension.
     *
     * @throws IllegalArgumentException when it cannot be cut into so many
     */
    public StoredTensor part(int index, int parts) {
        if (shape.length == 0 || shape[0] % parts != 0) {
            throw new IllegalArgumentException(
                    "a tensor of shape " + Shapes.text(shape) + " has no " + parts + " equal parts");
        }
        long rows = shape[0] / parts;
        return new StoredTensor(
                dtype, withRows(shape, rows), mapped, () -> Scopes.keep(() -> read().narrow(0, index * rows, rows)));
    }

    /** Bytes it takes in its own dtype. */
    public long bytes() {
        return Math.multiplyExact(Shapes.count(shape), Dtypes.bytes(dtype));
    }

    private static long[] withRows(long[] shape, long rows) {
        long[] changed = shape.clone();
        changed[0] = rows;
        return changed;
    }
}
