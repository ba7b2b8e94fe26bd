package kinema.system;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kinema.files.Names;

/**
 * What values a {@link Setting} may have. A plain value is a whole number, a number, a flag or a text, which any file can
 * hold.
 *
 * @param kind of values, in words such as {@code a whole number}
 * @param range of them, in words such as {@code at least 1}; empty where all of the kind will do
 * @param read makes the plain value of what a program gives, or a command line as text; empty for another kind
 * @param within whether a plain value is in the range
 * @param decode makes of a plain value what a system works with
 * @param <T> what a system works with
 */
public record ValueType<T>(
        String kind,
        String range,
        Function<Object, Optional<Object>> read,
        Predicate<Object> within,
        Function<Object, T> decode) {
    /** Whole numbers. */
    public static ValueType<Integer> whole(int least, int most) {
        return new ValueType<>(
                "a whole number",
                most == Integer.MAX_VALUE ? "at least " + least : "between " + least + " and " + most,
                given -> ofNumber(given)
                        .filter(n -> n == Math.rint(n) && Math.abs(n) <= Integer.MAX_VALUE)
                        .map(Double::intValue),
                plain -> (Integer) plain >= least && (Integer) plain <= most,
                Integer.class::cast);
    }

    /**
     * Numbers.
     *
     * @param range says the same in words
     */
    public static ValueType<Double> number(double least, double most, String range) {
        return new ValueType<>(
                "a number",
                range,
                given -> ofNumber(given).map(Object.class::cast),
                plain -> (Double) plain >= least && (Double) plain <= most,
                Double.class::cast);
    }

    /**
     * Whole numbers that fall, each at least 0, with commas between them as a plain value.
     *
     * @param most the largest that may be
     */
    public static ValueType<List<Integer>> falling(int most) {
        return new ValueType<>(
                "whole numbers with commas between them",
                "falling from at most " + most + " to at least 0",
                given -> {
                    String text = given instanceof Collection<?> all
                            ? all.stream().map(Object::toString).collect(Collectors.joining(","))
                            : given.toString().replace(" ", "");
                    return text.matches("\\d{1,9}(,\\d{1,9})*") ? Optional.of(text) : Optional.empty();
                },
                plain -> {
                    List<Integer> all = numbers(plain);
                    return all.get(0) <= most
                            && IntStream.range(1, all.size()).allMatch(i -> all.get(i) < all.get(i - 1));
                },
                ValueType::numbers);
    }

    /** True or false. */
    public static ValueType<Boolean> flag() {
        return new ValueType<>(
                "true or false",
                "",
                given -> switch (given.toString().toLowerCase(Locale.ROOT)) {
                    case "true" -> Optional.of(true);
                    case "false" -> Optional.of(false);
                    default -> Optional.empty();
                },
                plain -> true,
                Boolean.class::cast);
    }

    /**
     * Texts of a form.
     *
     * @param kind of texts, in words
     * @param form a regular expression
     */
    public static <T> ValueType<T> form(String kind, String form, Function<String, T> decode) {
        return new ValueType<>(
                kind,
                "",
                given -> Optional.<Object>of(given.toString())
                        .filter(text -> text.toString().matches(form)),
                plain -> true,
                plain -> decode.apply(plain.toString()));
    }

    /** Any text. */
    public static ValueType<String> text() {
        return new ValueType<>("a text", "", given -> Optional.of(given.toString()), plain -> true, String.class::cast);
    }

    /** One of the values of an enumeration, by what these are called in lower case. */
    public static <E extends Enum<E>> ValueType<E> choice(Class<E> type) {
        Function<Object, Optional<E>> find = given -> Names.find(type, given.toString());
        return new ValueType<>(
                "one of " + Names.all(type),
                "",
                given -> find.apply(given).map(E::toString),
                plain -> true,
                plain -> find.apply(plain).orElseThrow());
    }

    /** What a value must be, in words. */
    public String expected() {
        return range.isEmpty() ? kind : kind + ", " + range;
    }

    private static List<Integer> numbers(Object plain) {
        return Arrays.stream(plain.toString().split(",", -1))
                .map(Integer::valueOf)
                .toList();
    }

    private static Optional<Double> ofNumber(Object given) {
        try {
            return Optional.of(Double.valueOf(given.toString().strip()));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
