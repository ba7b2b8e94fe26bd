package kinema.files;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The values of enumerations by their names, which are what {@code toString} says, as files, settings and options write them. */
public final class Names {
    private Names() {}

    /** The value of this name, in any case of letters; empty where none has it. */
    public static <E extends Enum<E>> Optional<E> find(Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> value.toString().equalsIgnoreCase(name))
                .findFirst();
    }

    /**
     * The value of this name, in any case of letters.
     *
     * @param what the values are, for the message, such as {@code scheduler}
     * @throws IllegalArgumentException for an unknown name, listing the known ones
     */
    public static <E extends Enum<E>> E parse(Class<E> type, String what, String name) {
        return find(type, name)
                .orElseThrow(
                        () -> new IllegalArgumentException("unknown " + what + " '" + name + "'; known: " + all(type)));
    }

    /** All names, in the order of the values, with commas between them. */
    public static <E extends Enum<E>> String all(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(E::toString).collect(Collectors.joining(", "));
    }
}
