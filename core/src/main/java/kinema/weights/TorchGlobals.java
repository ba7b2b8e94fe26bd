package kinema.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.StoredZip.Span;
import kinema.weights.pickle.PickleException;
import kinema.weights.pickle.PickleFunction;
import kinema.weights.pickle.PickleGlobals;
import kinema.weights.pickle.PickleOpaque;
import kinema.weights.pickle.Unpickler;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** The names a pickle of PyTorch's may use: those that rebuild tensors, and some harmless things that are passed over. */
final class TorchGlobals implements PickleGlobals {
    private static final Map<String, ScalarType> STORAGES = Map.of(
            "DoubleStorage", ScalarType.Double,
            "FloatStorage", ScalarType.Float,
            "HalfStorage", ScalarType.Half,
            "BFloat16Storage", ScalarType.BFloat16,
            "LongStorage", ScalarType.Long,
            "IntStorage", ScalarType.Int,
            "ShortStorage", ScalarType.Short,
            "CharStorage", ScalarType.Char,
            "ByteStorage", ScalarType.Byte,
            "BoolStorage", ScalarType.Bool);

    /** What training states keep beside the weights: counters, options, states of random number generators. */
    private static final Set<String> PASSED_OVER = Set.of(
            "_codecs.encode",
            "argparse.Namespace",
            "numpy.ndarray",
            "numpy.dtype",
            "numpy.core.multiarray._reconstruct",
            "numpy.core.multiarray.scalar",
            "numpy._core.multiarray._reconstruct",
            "numpy._core.multiarray.scalar",
            "torch.device",
            "torch.serialization._get_layout",
            "__builtin__.set",
            "builtins.set");

    private static final Set<String> DTYPES =
            Set.of("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool");

    /** The numbers of one storage: several tensors may be views of it. */
    private record Storage(ScalarType dtype, long count, Span span) {}

    private static final int MAX_RANK = 16;
    private static final int MAX_PAIRS = 1_000_000;

    private final Function<String, @Nullable Span> storages;
    private final MappedFile mapped;
    private final long size;
    private int pairs; // that were copied into dictionaries

    /**
     * The names for one file.
     *
     * @param storages where in the file the storage of a key lies; null where there is none
     * @param mapped the file itself
     * @param size its bytes
     */
    TorchGlobals(Function<String, @Nullable Span> storages, MappedFile mapped, long size) {
        this.storages = storages;
        this.mapped = mapped;
        this.size = size;
    }

    @Override
    public Optional<Object> find(String module, String name) {
        String full = module + "." + name;
        if (PASSED_OVER.contains(full) || (module.equals("torch") && DTYPES.contains(name))) {
            return Optional.of(new PickleOpaque(full));
        }
        if (module.equals("torch") && name.endsWith("Storage")) {
            return Optional.of(storageType(name));
        }
        return Optional.ofNullable(
                switch (full) {
                    case "collections.OrderedDict" -> (PickleFunction) this::dictionary;
                    case "collections.defaultdict", "collections.Counter" ->
                        (PickleFunction) arguments -> new LinkedHashMap<>();
                    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
                        (PickleFunction) this::tensor;
                    case "torch.Size", "torch._utils._rebuild_parameter" ->
                        (PickleFunction) arguments -> first(full, arguments);
                    default -> null;
                });
    }

    @Override
    public Object persistent(List<@Nullable Object> id) {
        if (id.size() < 5
                || !"storage".equals(id.get(0))
                || !(id.get(1) instanceof ScalarType dtype)
                || !(id.get(2) instanceof String key)
                || !(id.get(4) instanceof Long count)) {
            throw new PickleException("a reference to something that is no storage of numbers");
        }
        Span span = storages.apply(key);
        if (span == null) {
            throw new PickleException("storage '" + key + "' is not in the file; it is damaged");
        }
        if (count < 0 || count > span.size() / Dtypes.bytes(dtype)) {
            throw new PickleException("storage '" + key + "' should hold " + count + " numbers of " + Dtypes.name(dtype)
                    + ", its " + span.size() + " bytes cannot; the file is damaged");
        }
        return new Storage(dtype, count, span);
    }

    /** The type of numbers of a class of storages, such as {@code FloatStorage}. */
    static ScalarType storageType(String name) {
        ScalarType dtype = STORAGES.get(name);
        if (dtype == null) {
            throw new PickleException("storage of unknown type torch." + name + "; known: "
                    + String.join(", ", STORAGES.keySet().stream().sorted().toList()));
        }
        return dtype;
    }

    private static @Nullable Object first(String name, List<@Nullable Object> arguments) {
        if (arguments.isEmpty()) {
            throw new PickleException(name + " without what it is made of; the file is damaged");
        }
        return arguments.get(0);
    }

    /** A copy of its pairs, which a pickle may ask for again and again: all together are bounded. */
    private Object dictionary(List<@Nullable Object> arguments) {
        Map<@Nullable Object, @Nullable Object> made = new LinkedHashMap<>();
        if (!arguments.isEmpty() && arguments.get(0) instanceof List<?> list) {
            pairs += list.size();
            if (pairs > MAX_PAIRS) {
                throw new PickleException(
                        "dictionaries of more than " + MAX_PAIRS + " entries together; the file is made to do harm");
            }
            for (Object pair : list) {
                if (pair instanceof List<?> two && two.size() == 2) {
                    made.put(Unpickler.key(two.get(0)), two.get(1));
                }
            }
        }
        return made;
    }

    /** A view of a storage: (storage, offset, sizes, strides, …). */
    private StoredTensor tensor(List<@Nullable Object> arguments) {
        if (arguments.size() < 4
                || !(arguments.get(0) instanceof Storage storage)
                || !(arguments.get(1) instanceof Long offset)) {
            throw new PickleException("a tensor without storage or offset; the file is damaged");
        }
        long[] shape = numbers(arguments.get(2));
        long[] strides = numbers(arguments.get(3));
        check(storage, offset, shape, strides);
        boolean aligned = storage.span().begin() % Dtypes.bytes(storage.dtype()) == 0; // else what is mapped is copied
        return new StoredTensor(storage.dtype(), shape, aligned, () -> read(storage, offset, shape, strides));
    }

    private Tensor read(Storage storage, long offset, long[] shape, long[] strides) {
        return Scopes.keep(() -> {
            if (Shapes.count(shape) == 0) {
                return torch.empty(shape, Dtypes.options(storage.dtype()), null);
            }
            long begin = storage.span().begin();
            long end = begin + storage.count() * Dtypes.bytes(storage.dtype());
            Tensor numbers = mapped.numbers(storage.dtype(), begin, end);
            // libtorch counts a view's offset from the start of what is mapped, not from that of the storage
            return numbers.as_strided(shape, strides, new LongOptional(numbers.storage_offset() + offset));
        });
    }

    /** Makes sure that no number lies outside of the storage: libtorch takes strides on trust. */
    private void check(Storage storage, long offset, long[] shape, long[] strides) {
        boolean sound = shape.length == strides.length
                && offset >= 0
                && Arrays.stream(shape).allMatch(size -> size >= 0)
                && Arrays.stream(strides).allMatch(stride -> stride >= 0);
        try {
            long last = offset;
            for (int i = 0; sound && i < shape.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
            }
            long count = Shapes.count(shape);
            sound = sound && (count == 0 || last < storage.count());
            // Of numbers that are repeated there may be more than are stored, but not without bounds.
            sound = sound && count <= size / Dtypes.bytes(storage.dtype());
        } catch (ArithmeticException e) {
            sound = false;
        }
        if (!sound) {
            throw new PickleException("a tensor of shape " + Shapes.text(shape) + ", strides " + Shapes.text(strides)
                    + " and offset " + offset + " does not lie within its storage of " + storage.count()
                    + " numbers; the file is damaged");
        }
    }

    private static long[] numbers(@Nullable Object tuple) {
        List<Long> numbers = new ArrayList<>();
        if (tuple instanceof List<?> list && list.size() <= MAX_RANK) {
            list.stream().filter(Long.class::isInstance).forEach(n -> numbers.add((Long) n));
            if (numbers.size() == list.size()) {
                return numbers.stream().mapToLong(Long::longValue).toArray();
            }
        }
        throw new PickleException("sizes or strides of a tensor are not a few whole numbers; the file is damaged");
    }
}
