package kinema.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Holds what a network asks for against what its files have, while it is made of tensors without contents. It stops at
 * the leaf from which on the two cannot belong together, so a config that asks for a million layers costs nothing.
 */
final class KeyCheck implements WeightSource {
    private static final int SHOWN = 3;
    private static final int ENOUGH = 2000; // more faults would say no more

    /** What is not there is more than what is shown of it. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private Enough() {
            super(null, null, false, false);
        }
    }

    private final Map<String, StoredTensor> stored;
    private final Set<String> unexpected;
    private final List<String> missing = new ArrayList<>();
    private final List<String> misshapen = new ArrayList<>();
    private final List<String> noNumbers = new ArrayList<>();

    private KeyCheck(Map<String, StoredTensor> stored) {
        this.stored = stored;
        unexpected = new TreeSet<>(stored.keySet());
    }

    /**
     * Makes sure that files have what a network asks for, and nothing else.
     *
     * @param folder theirs, for the message
     * @param stored their tensors
     * @throws WeightsException listing all keys that are missing, left over, of another shape, or no floating-point numbers
     */
    static void of(Path folder, Map<String, StoredTensor> stored, Function<Weights, ?> network) {
        KeyCheck check = new KeyCheck(stored);
        boolean whole = check.make(folder, network);
        check.complain(folder, whole);
    }

    @Override
    public Tensor leaf(String key, Init init, long[] shape) {
        StoredTensor found = stored.get(key);
        unexpected.remove(key);
        if (found == null) {
            missing.add(key);
        } else if (!Arrays.equals(found.shape(), shape)) {
            misshapen.add(key + " needs " + Shapes.text(shape) + ", file has " + Shapes.text(found.shape()));
        } else if (!Dtypes.isFloating(found.dtype())) {
            noNumbers.add(key + " is " + Dtypes.name(found.dtype()));
        }
        if (missing.size() + misshapen.size() > ENOUGH) {
            throw new Enough();
        }
        return Tensors.meta(ScalarType.Float, ShapeTree.canBe(shape) ? shape : new long[] {0});
    }

    /** Makes the network as far as is needed; false when that is not the whole. */
    private boolean make(Path folder, Function<Weights, ?> network) {
        try {
            Scopes.run(() -> {
                var unused = network.apply(new Weights(this));
            });
            return true;
        } catch (Enough e) {
            return false;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new WeightsException(folder + ": its config.json describes no network: " + e.getMessage(), e);
        }
    }

    private void complain(Path folder, boolean whole) {
        if (missing.isEmpty() && misshapen.isEmpty() && noNumbers.isEmpty() && unexpected.isEmpty()) {
            return;
        }
        String least = whole ? "" : "at least ";
        String left = whole ? ", " + unexpected.size() + " unexpected" + some(unexpected) : "";
        String types =
                noNumbers.isEmpty() ? "" : ", " + noNumbers.size() + " of no floating-point numbers" + some(noNumbers);
        throw new WeightsException(folder + ": " + least + missing.size() + " missing" + some(missing) + left + ", "
                + misshapen.size() + " wrongly shaped" + some(misshapen) + types
                + "; config.json and the weights do not belong together, or this is another variant");
    }

    /** The first names in brackets; nothing for none. */
    static String some(Collection<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        String shown = String.join(", ", names.stream().limit(SHOWN).toList());
        return " (" + shown + (names.size() > SHOWN ? ", …" : "") + ")";
    }
}
