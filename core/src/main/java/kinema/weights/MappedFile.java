package kinema.weights;

import java.nio.file.Path;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A file in the address space, read only: its pages take memory when they are first touched. */
final class MappedFile implements AutoCloseable {
    private final Tensor bytes; // (file size) uint8

    /**
     * Maps a file.
     *
     * @param size its bytes; the caller has seen that it has as many
     * @throws WeightsException when the system does not map it
     */
    MappedFile(Path file, long size) {
        try {
            bytes = Scopes.run(() -> Scopes.own(torch.from_file(
                    file.toString(),
                    new BoolOptional(false),
                    new LongOptional(size),
                    Dtypes.options(ScalarType.Byte))));
        } catch (RuntimeException e) { // libtorch's only kind
            throw new WeightsException(file + ": cannot be mapped into memory: " + e.getMessage(), e);
        }
    }

    /** The numbers from byte {@code begin} to {@code end}: a view where the alignment allows, else a copy. */
    Tensor numbers(ScalarType dtype, long begin, long end) {
        return Scopes.keep(() -> {
            if (begin == end) {
                return torch.empty(new long[] {0}, Dtypes.options(dtype), null);
            }
            Tensor raw = bytes.narrow(0, begin, end - begin);
            return (begin % Dtypes.bytes(dtype) == 0 ? raw : raw.clone()).view(dtype);
        });
    }

    @Override
    public void close() {
        Scopes.free(bytes);
    }
}
