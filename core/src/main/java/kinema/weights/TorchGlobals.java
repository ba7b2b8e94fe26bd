package kinema.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.StoredZip.Span;
import kinema.weights.pickle.PickleException;
import kinema.weights.pickle.PickleFunction;
import kinema.weights.pickle.PickleGlobals;
import kinema.weights.pickle.PickleOpaque;
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

    private final Map<String, Span> entries;
    private final String folder;
    private final MappedFile mapped;

    /**
     * The names for one file.
     *
     * @param entries of its zip
     * @param folder what the names of its entries begin with
     * @param mapped the file itself
     */
    TorchGlobals(Map<String, Span> entries, String folder, MappedFile mapped) {
        this.entries = entries;
        this.folder = folder;
        this.mapped = mapped;
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
                    case "collections.OrderedDict" -> (PickleFunction) TorchGlobals::dictionary;
                    case "collections.defaultdict", "collections.Counter" ->
                        (PickleFunction) arguments -> new LinkedHashMap<>();
                    case "torch.Size" -> (PickleFunction) arguments -> arguments.get(0);
                    case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" ->
                        (PickleFunction) this::tensor;
                    case "torch._utils._rebuild_parameter" -> (PickleFunction) arguments -> arguments.get(0);
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
        Span span = entries.get(folder + "data/" + key);
        if (span == null) {
            throw new PickleException("storage '" + key + "' is not in the file; it is damaged");
        }
        if (count < 0 || count > span.size() / Dtypes.bytes(dtype)) {
            throw new PickleException("storage '" + key + "' should hold " + count + " numbers of " + Dtypes.name(dtype)
                    + ", its " + span.size() + " bytes cannot; the file is damaged");
        }
        return new Storage(dtype, count, span);
    }

    private static ScalarType storageType(String name) {
        ScalarType dtype = STORAGES.get(name);
        if (dtype == null) {
            throw new PickleException("storage of unknown type torch." + name + "; known: "
                    + String.join(", ", STORAGES.keySet().stream().sorted().toList()));
        }
        return dtype;
    }

    private static Object dictionary(List<@Nullable Object> arguments) {
        Map<@Nullable Object, @Nullable Object> made = new LinkedHashMap<>();
        if (!arguments.isEmpty() && arguments.get(0) instanceof List<?> pairs) {
            for (Object pair : pairs) {
                if (pair instanceof List<?> two && two.size() == 2) {
                    made.put(two.get(0), two.get(1));
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
        return new StoredTensor(storage.dtype(), shape, true, () -> read(storage, offset, shape, strides));
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
    private static void check(Storage storage, long offset, long[] shape, long[] strides) {
        boolean sound = shape.length == strides.length
                && offset >= 0
                && Arrays.stream(shape).allMatch(size -> size >= 0)
                && Arrays.stream(strides).allMatch(stride -> stride >= 0);
        try {
            long last = offset;
            for (int i = 0; sound && i < shape.length; i++) {
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]));
            }
            sound = sound && (Shapes.count(shape) == 0 || last < storage.count());
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
        if (tuple instanceof List<?> list) {
            list.stream().filter(Long.class::isInstance).forEach(n -> numbers.add((Long) n));
            if (numbers.size() == list.size()) {
                return numbers.stream().mapToLong(Long::longValue).toArray();
            }
        }
        throw new PickleException("sizes or strides of a tensor are no whole numbers; the file is damaged");
    }
}
