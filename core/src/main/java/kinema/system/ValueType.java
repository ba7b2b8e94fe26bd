package kinema.system;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What values a {@link Setting} may have. A value is kept as a whole number, a number, a flag or a text, so that any file can
 * hold it.
 *
 * @param expected what a value must be, in words
 * @param encode makes the kept value of what a program gives, or a command line as text; empty for what it must not be
 * @param decode makes of a kept value what a system works with
 * @param <T> what a system works with
 */
public record ValueType<T>(String expected, Function<Object, Optional<Object>> encode, Function<Object, T> decode) {
    /** Whole numbers. */
    public static ValueType<Integer> whole(int least, int most) {
        return new ValueType<>(
                "a whole number " + range(least, most, most == Integer.MAX_VALUE),
                given -> ofNumber(given)
                        .filter(n -> n >= least && n <= most && n == Math.rint(n))
                        .map(Double::intValue),
                Integer.class::cast);
    }

    /** Numbers. */
    public static ValueType<Double> number(double least, double most) {
        return new ValueType<>(
                "a number " + range(text(least), text(most), Double.isInfinite(most)),
                given -> ofNumber(given).filter(n -> n >= least && n <= most).map(Object.class::cast),
                Double.class::cast);
    }

    /** True or false. */
    public static ValueType<Boolean> flag() {
        return new ValueType<>(
                "true or false",
                given -> switch (given.toString().toLowerCase(Locale.ROOT)) {
                    case "true" -> Optional.of(true);
                    case "false" -> Optional.of(false);
                    default -> Optional.empty();
                },
                Boolean.class::cast);
    }

    /** Any text. */
    public static ValueType<String> text() {
        return new ValueType<>("a text", given -> Optional.of(given.toString()), String.class::cast);
    }

    /** One of the values of an enumeration, by what these are called in lower case. */
    public static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
        E[] values = type.getEnumConstants();
        String names = Arrays.stream(values).map(E::toString).collect(Collectors.joining(", "));
        Function<Object, Optional<E>> find = given -> Arrays.stream(values)
                .filter(value -> value.toString().equalsIgnoreCase(given.toString()))
                .findFirst();
        return new ValueType<>(
                "one of " + names,
                given -> find.apply(given).map(E::toString),
                kept -> find.apply(kept).orElseThrow());
    }

    private static String range(Object least, Object most, boolean open) {
        return open ? "of at least " + least : "between " + least + " and " + most;
    }

    private static String text(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static Optional<Double> ofNumber(Object given) {
        try {
            return Optional.of(Double.valueOf(given.toString().strip())).filter(Double::isFinite);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
