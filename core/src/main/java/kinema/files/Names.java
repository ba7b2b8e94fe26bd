package kinema.files;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Names as files, settings and options write them: the values of enumerations by theirs, which are what {@code toString} says,
 * and the nearest to one that nobody knows.
 */
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

    /**
     * The known word that is written most like another; empty where none is near.
     *
     * @param most how many letters may be changed, added or left out
     */
    public static Optional<String> nearest(String word, Collection<String> known, int most) {
        return known.stream()
                .min(Comparator.comparingInt(other -> distance(word, other)))
                .filter(best -> distance(word, best) <= most);
    }

    /** All names, in the order of the values, with commas between them. */
    public static <E extends Enum<E>> String all(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(E::toString).collect(Collectors.joining(", "));
    }

    /** How many letters are to be changed, added or left out to make one word of another. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(changed, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
