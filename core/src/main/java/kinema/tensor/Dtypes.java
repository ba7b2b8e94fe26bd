package kinema.tensor;

import java.util.Map;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types: libtorch's, and the names safetensors files give them. */
public final class Dtypes {
    private static final Map<String, ScalarType> BY_NAME = Map.ofEntries(
            Map.entry("F64", ScalarType.Double),
            Map.entry("F32", ScalarType.Float),
            Map.entry("F16", ScalarType.Half),
            Map.entry("BF16", ScalarType.BFloat16),
            Map.entry("I64", ScalarType.Long),
            Map.entry("I32", ScalarType.Int),
            Map.entry("I16", ScalarType.Short),
            Map.entry("I8", ScalarType.Char),
            Map.entry("U8", ScalarType.Byte),
            Map.entry("BOOL", ScalarType.Bool));

    private Dtypes() {}

    /**
     * The type a safetensors header names.
     *
     * @throws IllegalArgumentException for a name this engine does not read, listing those it does
     */
    public static ScalarType parse(String name) {
        ScalarType type = BY_NAME.get(name);
        if (type == null) {
            throw new IllegalArgumentException("unknown dtype '" + name + "'; known: "
                    + String.join(", ", BY_NAME.keySet().stream().sorted().toList()));
        }
        return type;
    }

    /** The safetensors name of a type. */
    public static String name(ScalarType type) {
        return BY_NAME.entrySet().stream()
                .filter(e -> e.getValue() == type.intern())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("dtype " + type + " has no name in safetensors"));
    }

    /** Bytes of one element. */
    public static long bytes(ScalarType type) {
        return switch (type.intern()) {
            case Double, Long -> 8;
            case Float, Int -> 4;
            case Half, BFloat16, Short -> 2;
            case Char, Byte, Bool -> 1;
            default -> throw new IllegalArgumentException("dtype " + type + " is not in use here");
        };
    }

    /** Whether these are floating-point numbers, as weights are. */
    public static boolean isFloating(ScalarType type) {
        return switch (type.intern()) {
            case Double, Float, Half, BFloat16 -> true;
            default -> false;
        };
    }

    /** Options for a new CPU tensor of this type. */
    public static TensorOptions options(ScalarType type) {
        return new TensorOptions(type);
    }
}
