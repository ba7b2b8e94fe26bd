package kinema.weights.pickle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A harmless Python object that nobody here needs, such as the state of a random number generator: whatever a pickle does
 * with it is passed over.
 *
 * @param name its class or function in Python
 */
public record PickleOpaque(String name) implements PickleFunction {
    @Override
    public Object call(List<@Nullable Object> arguments) {
        return this;
    }
}
