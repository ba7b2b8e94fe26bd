package kinema.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares what a network asks for with what its files hold. */
final class ShapeCheck {
    private static final int SHOWN = 3;

    private ShapeCheck() {}

    /**
     * The differences in words, each kind once.
     *
     * @param expected shapes by key, from the config
     * @param found shapes by key, from the files
     * @return empty when they agree
     */
    static List<String> differences(Map<String, List<Long>> expected, Map<String, List<Long>> found) {
        TreeSet<String> missing = new TreeSet<>(expected.keySet());
        missing.removeAll(found.keySet());
        TreeSet<String> unexpected = new TreeSet<>(found.keySet());
        unexpected.removeAll(expected.keySet());
        List<String> misshapen = new ArrayList<>();
        expected.forEach((key, shape) -> {
            List<Long> other = found.get(key);
            if (other != null && !other.equals(shape)) {
                misshapen.add(key + " needs " + shape + ", the file has " + other);
            }
        });
        List<String> differences = new ArrayList<>();
        add(differences, "missing tensors", List.copyOf(missing));
        add(differences, "unexpected tensors", List.copyOf(unexpected));
        add(differences, "tensors of another shape than config.json asks for", misshapen);
        return differences;
    }

    private static void add(List<String> differences, String kind, List<String> names) {
        if (!names.isEmpty()) {
            String shown = String.join("; ", names.subList(0, Math.min(SHOWN, names.size())));
            differences.add(kind + " (" + names.size() + "): " + shown + (names.size() > SHOWN ? "; …" : ""));
        }
    }
}
