package kinema.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Memory that one part of a streamed network hands to the next: pages that are taken anew are cleared by the system first, which for weights
 * that are converted takes longer than the conversion. Parts that are used at the same time have their own. It never holds what the
 * next part cannot use, so a network takes no more with it than its largest part does. Thread-safe.
 */
final class Buffers implements AutoCloseable {
    private final List<Tensor> free = new ArrayList<>();
    private boolean closed;

    /**
     * A tensor with the numbers of {@code stored}, a contiguous one, in the place of a free one where there is one alike.
     *
     * @param stored of any dtype, on any device
     * @param about what is known of it
     * @param placement whose dtype and device it is to have
     * @return not of the caller's scope
     */
    Tensor filled(Tensor stored, StoredTensor about, Placement placement) {
        Tensor place = take(placement.dtypeOf(about), about.shape());
        if (place == null) {
            return Scopes.own(Scopes.keep(() -> placement.device().place(stored, placement.dtypeOf(about))));
        }
        try {
            Scopes.run(() -> place.copy_(stored));
            return place;
        } catch (RuntimeException | Error e) {
            Scopes.free(place);
            throw e;
        }
    }

    /**
     * A tensor of the processor whose numbers are whatever they are, in the place of a free one where there is one alike.
     *
     * @return not of the caller's scope
     */
    Tensor room(ScalarType dtype, long... shape) {
        Tensor place = take(dtype, shape);
        return place == null ? Scopes.own(Scopes.keep(() -> torch.empty(shape, Dtypes.options(dtype), null))) : place;
    }

    private synchronized @Nullable Tensor take(ScalarType dtype, long[] shape) {
        for (Iterator<Tensor> all = free.iterator(); all.hasNext(); ) {
            Tensor tensor = all.next();
            if (Arrays.equals(tensor.shape(), shape) && tensor.scalar_type().intern() == dtype.intern()) {
                all.remove();
                return tensor;
            }
        }
        clear(); // the part is another than the last one
        return null;
    }

    /** Takes back what a part no longer uses, in place of what is left of the part before. */
    synchronized void give(List<Tensor> tensors) {
        clear();
        free.addAll(tensors);
        if (closed) {
            clear();
        }
    }

    private void clear() {
        free.forEach(Scopes::free);
        free.clear();
    }

    @Override
    public synchronized void close() {
        closed = true;
        clear();
    }
}
