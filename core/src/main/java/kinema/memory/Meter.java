package kinema.memory;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import kinema.tensor.Scopes;
import kinema.weights.ShapeTree;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Storage;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Measures what code takes in memory by counting the storages of the tensors it makes: several views of a storage count
 * once, and a storage counts until the last tensor over it is freed, whoever holds that. Memory that libtorch did not take
 * itself, such as a mapped file's, does not count.
 *
 * <p>The code need not compute. Tensors of libtorch's meta device have storages of their full size with nothing in them, so
 * a network of such weights goes through its own {@code forward} in milliseconds and takes in the measure what it would take
 * in memory: {@link #dryRun}. What a kernel of libtorch takes only while it runs is not seen, see
 * {@link kinema.nn.Kernels}.
 *
 * <p>Of one measurement and one thread.
 */
public final class Meter {
    /** A storage that counts, and a tensor over it that keeps its address from being used again. */
    private record Counted(Tensor handle, long bytes) {
        boolean isFreed() {
            return handle.storage().use_count() == 1;
        }
    }

    private final Map<Long, Counted> counted = new HashMap<>(); // by address
    private long bytes; // of all that are counted, freed or not
    private long peak;
    private boolean measuring;
    private boolean noting;

    private Meter() {}

    /**
     * The most bytes that the storages made by {@code body} take together.
     *
     * @param given makes what was there before and does not count, such as a network with its weights
     * @param body runs on this thread
     */
    public static <T> long peak(Supplier<T> given, Consumer<? super T> body) {
        return new Meter().measure(given, body);
    }

    /**
     * The most bytes that a network takes beside its weights, which have no contents and are of the meta device.
     *
     * @param network its constructor
     * @param dtype of the weights
     * @param run uses the network with tensors of the meta device, such as of {@link kinema.tensor.Tensors#meta}
     */
    public static <N> long dryRun(Function<Weights, N> network, ScalarType dtype, Consumer<? super N> run) {
        return peak(() -> network.apply(ShapeTree.meta(dtype)), run);
    }

    private <T> long measure(Supplier<T> makeGiven, Consumer<? super T> body) {
        try {
            Scopes.watched(this::note, () -> {
                T made = makeGiven.get();
                measuring = true;
                body.accept(made);
            });
            return peak;
        } finally {
            counted.values().forEach(storage -> Scopes.free(storage.handle()));
        }
    }

    private void note(Tensor tensor) {
        if (noting || !tensor.defined() || !tensor.has_storage()) {
            return;
        }
        Storage storage = tensor.storage();
        long address = storage.unsafeGetStorageImpl().address();
        if (!counted.containsKey(address)) {
            count(address, tensor, measuring && storage.resizable() ? storage.nbytes() : 0);
        }
    }

    private void count(long address, Tensor tensor, long size) {
        noting = true; // not of the handle
        counted.put(address, new Counted(Scopes.own(tensor.detach()), size));
        noting = false;
        bytes += size;
        if (bytes > peak) { // else it cannot be one, whatever was freed
            forgetFreed();
            peak = Math.max(peak, bytes);
        }
    }

    private void forgetFreed() {
        counted.values().removeIf(storage -> {
            if (!storage.isFreed()) {
                return false;
            }
            bytes -= storage.bytes();
            Scopes.free(storage.handle());
            return true;
        });
    }
}
