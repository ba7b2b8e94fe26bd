package kinema.weights;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import kinema.tensor.ByteRows;
import kinema.tensor.Device;
import kinema.tensor.Dtypes;
import kinema.tensor.Residency;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The files of one network's folder, single or sharded, safetensors or PyTorch's: they make networks.
 *
 * <p>Loading is strict: every missing, unexpected and wrongly shaped key is reported together before a weight is read.
 * Files stay mapped and in their own dtype; a leaf is converted as its {@link Placement} says when a network, or a part of a
 * streamed one, is used. Where the file has the dtype already the leaf stays a view of the mapping.
 */
public final class Checkpoint implements AutoCloseable {
    private final Path folder;
    private final Leaves leaves; // of networks that are loaded to stay
    private final Map<String, StoredTensor> byKey = new LinkedHashMap<>();
    private final Deque<Runnable> closing = new ArrayDeque<>();

    /** Converted leaves, freed together; the parts of a streamed network have their own. */
    private final class Leaves implements WeightSource {
        private final Placement placement;
        private final @Nullable Buffers own; // of a part, shared with the network's other parts
        private final @Nullable Buffers ofParts;
        private final List<Tensor> owned = new ArrayList<>();
        private final List<Tensor> converted = new ArrayList<>();

        private Leaves(Placement placement, @Nullable Buffers own, @Nullable Buffers ofParts) {
            this.placement = placement;
            this.own = own;
            this.ofParts = ofParts;
        }

        @Override
        public Tensor leaf(String key, Init init, long[] shape) {
            StoredTensor stored = find(key);
            return Scopes.run(() -> {
                Tensor read = stored.read();
                if (own != null && read.is_contiguous() && isConverted(stored)) {
                    Tensor leaf = own.filled(read, stored, placement);
                    converted.add(leaf);
                    return leaf;
                }
                Tensor leaf = Scopes.own(placement.device().place(read, placement.dtypeOf(stored)));
                owned.add(leaf);
                return leaf;
            });
        }

        @Override
        public Matrix matrix(String key, Init init, long[] shape) {
            if (!placement.inBytes()) {
                return WeightSource.super.matrix(key, init, shape);
            }
            StoredTensor stored = find(key);
            Tensor numbers = room(ScalarType.Char, shape);
            Tensor scale = room(ScalarType.Float, shape[0]);
            Scopes.run(() -> ByteRows.quantize(stored.read(), numbers, scale));
            return new Matrix(numbers, scale);
        }

        private Tensor room(ScalarType dtype, long... shape) {
            Tensor leaf = own != null
                    ? own.room(dtype, shape)
                    : Scopes.own(Scopes.keep(() -> torch.empty(shape, Dtypes.options(dtype), null)));
            (own != null ? converted : owned).add(leaf);
            return leaf;
        }

        private boolean isConverted(StoredTensor stored) {
            return placement.device() != Device.CPU
                    || stored.dtype().intern() != placement.dtypeOf(stored).intern();
        }

        @Override
        public <T> OnDemand<T> part(Weights at, Function<Weights, T> make) {
            return placement.residency() == Residency.STREAMED
                    ? new Fetched<>(at, make, placement, ofParts)
                    : WeightSource.super.part(at, make);
        }

        private void close() {
            owned.forEach(Scopes::free);
            owned.clear();
            if (own != null) {
                own.give(converted);
                converted.clear();
            }
        }
    }

    /** A part that is made from the files for each use and freed after it. */
    private final class Fetched<T> implements OnDemand<T> {
        private final Weights at;
        private final Function<Weights, T> make;
        private final Placement placement;
        private final @Nullable Buffers buffers; // of the network that this is a part of; null for a whole one

        private Fetched(Weights at, Function<Weights, T> make, Placement placement, @Nullable Buffers buffers) {
            this.at = at;
            this.make = make;
            this.placement = placement;
            this.buffers = buffers;
        }

        @Override
        public <R> R use(Function<? super T, R> body) {
            try (Loaded<T> loaded =
                    buffers == null ? fetch(at, make, placement) : fetch(at, make, placement, buffers)) {
                return body.apply(loaded.part());
            }
        }
    }

    private Checkpoint(Path folder, Placement placement) {
        this.folder = folder;
        leaves = new Leaves(placement, null, null);
    }

    /**
     * Opens all files of a network's folder, for a network that is resident in the CPU's memory.
     *
     * @param dtype what leaves are converted to
     * @throws WeightsException when a file is missing or damaged
     */
    public static Checkpoint open(Path folder, ScalarType dtype) {
        return open(folder, Placement.resident(dtype));
    }

    /**
     * Opens all files of a network's folder.
     *
     * @param folder such as {@code transformer/}: see {@link WeightFiles}
     * @param placement what becomes of the weights of networks that are loaded to stay
     * @throws WeightsException when a file is missing or damaged
     */
    public static Checkpoint open(Path folder, Placement placement) {
        Checkpoint checkpoint = new Checkpoint(folder, placement);
        try {
            for (Path file : WeightFiles.of(folder)) {
                checkpoint.add(TensorArchive.open(file));
            }
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /**
     * Opens a file whose tensors have other names, or other shapes, than the network's.
     *
     * @param names from the file's tensors to those the network asks for
     * @throws WeightsException when the file is missing or damaged
     */
    public static Checkpoint open(Path file, Placement placement, UnaryOperator<Map<String, StoredTensor>> names) {
        Checkpoint checkpoint = new Checkpoint(file, placement);
        try {
            TensorArchive archive = TensorArchive.open(file);
            checkpoint.closing.push(archive::close);
            checkpoint.byKey.putAll(names.apply(archive.tensors()));
            return checkpoint;
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    /**
     * Several checkpoints as one, whose keys begin with a name for each.
     *
     * @param folder what messages name
     * @param parts by name; they are closed with this
     */
    public static Checkpoint joined(Path folder, Placement placement, Map<String, Checkpoint> parts) {
        Checkpoint checkpoint = new Checkpoint(folder, placement);
        parts.forEach((name, part) -> {
            checkpoint.closing.push(part::close);
            part.byKey.forEach((key, tensor) -> checkpoint.byKey.put(name + "." + key, tensor));
        });
        return checkpoint;
    }

    /** The tensors by the keys the network asks for, as they are stored. */
    public Map<String, StoredTensor> tensors() {
        return Collections.unmodifiableMap(byKey);
    }

    /**
     * Lets a tensor's second name serve where files do not have its key; in a file that has both the second is dropped.
     *
     * @param other the second name
     * @param key the name the network asks for
     */
    public void alias(String other, String key) {
        StoredTensor tensor = byKey.remove(other);
        if (tensor != null) {
            byKey.putIfAbsent(key, tensor);
        }
    }

    /** Passes over a tensor that some files hold and no network asks for: a constant kept beside the weights. */
    public void ignore(String key) {
        byKey.remove(key);
    }

    /**
     * Adds a LoRA to the tensors it changes, from now on whenever they are read. It is closed with this checkpoint.
     *
     * @throws WeightsException when it belongs to another network
     */
    public void add(Lora lora) {
        closing.push(lora::close);
        lora.addTo(byKey);
    }

    /**
     * Makes a network that stays until {@link #close}.
     *
     * @param network its constructor
     * @throws WeightsException listing all keys that are missing, left over or of another shape
     */
    public <T> T load(Function<Weights, T> network) {
        check(network);
        return Scopes.run(() -> network.apply(new Weights(leaves)));
    }

    /**
     * A network whose weights are in memory only while it is used.
     *
     * @param network its constructor
     * @param placement what becomes of the weights while it is used
     * @throws WeightsException as {@link #load}; all keys are checked now
     */
    public <T> OnDemand<T> onDemand(Function<Weights, T> network, Placement placement) {
        check(network);
        return new Fetched<>(new Weights(leaves), network, placement, null);
    }

    /**
     * A network whose weights are in memory from its first use until it is released, at the latest by {@link #close}.
     *
     * @param network its constructor
     * @param placement what becomes of the weights
     * @throws WeightsException as {@link #load}; all keys are checked now
     */
    public <T> Shared<T> shared(Function<Weights, T> network, Placement placement) {
        check(network);
        Shared<T> shared = new Shared<>(() -> fetch(new Weights(leaves), network, placement));
        closing.push(shared::release);
        return shared;
    }

    /**
     * What a network's weights will take in memory; those that are mapped in their dtype already are read where they are.
     *
     * @param network its constructor
     */
    public WeightTally weigh(Function<Weights, ?> network, Placement placement) {
        ToLongFunction<LeafSpec> converted = leaf -> {
            StoredTensor stored = byKey.get(leaf.key());
            boolean mapped = stored != null
                    && stored.mapped()
                    && stored.dtype().intern() == placement.dtypeOf(stored).intern()
                    && placement.device() == Device.CPU;
            ScalarType dtype = stored == null ? placement.dtype() : placement.dtypeOf(stored);
            return mapped ? 0 : leaf.count() * Dtypes.bytes(dtype);
        };
        return WeightTally.of(network, converted, placement.inBytes() ? leaf -> Matrix.bytes(leaf.shape()) : converted);
    }

    /**
     * Makes sure that a network can be made from this checkpoint, without reading weights.
     *
     * @throws WeightsException listing all keys that are missing, left over or of another shape
     */
    public void check(Function<Weights, ?> network) {
        KeyCheck.of(folder, byKey, network);
    }

    @Override
    public void close() {
        leaves.close();
        closing.forEach(Runnable::run);
        closing.clear();
    }

    /** A whole network, or a part that hands nothing to others. */
    private <T> Loaded<T> fetch(Weights at, Function<Weights, T> make, Placement placement) {
        Buffers ofParts = new Buffers();
        Leaves own = new Leaves(placement, null, ofParts);
        return loaded(at, make, own, () -> {
            own.close();
            ofParts.close();
        });
    }

    /** A part. */
    private <T> Loaded<T> fetch(Weights at, Function<Weights, T> make, Placement placement, Buffers buffers) {
        Leaves own = new Leaves(placement, buffers, buffers);
        return loaded(at, make, own, own::close);
    }

    private static <T> Loaded<T> loaded(Weights at, Function<Weights, T> make, WeightSource leaves, Runnable free) {
        try {
            return new Loaded<>(Scopes.run(() -> make.apply(at.over(leaves))), free);
        } catch (RuntimeException | Error e) {
            free.run();
            throw e;
        }
    }

    /** The tensor of a key as it is stored. */
    Tensor stored(String key) {
        return find(key).read();
    }

    private StoredTensor find(String key) {
        StoredTensor stored = byKey.get(key);
        if (stored == null) {
            throw new WeightsException(
                    folder + ": no tensor '" + key + "'; the network asks for other keys than when it was checked");
        }
        return stored;
    }

    private void add(TensorArchive archive) {
        closing.push(archive::close);
        archive.tensors().forEach((key, tensor) -> {
            if (byKey.put(key, tensor) != null) {
                throw new WeightsException(archive.file() + ": '" + key + "' is also in another file of " + folder);
            }
        });
    }
}
