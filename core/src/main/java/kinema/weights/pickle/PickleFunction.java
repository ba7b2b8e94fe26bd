package kinema.weights.pickle;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands in Java for a Python function or class that a pickle calls. */
@FunctionalInterface
public interface PickleFunction {
    /**
     * The value the pickle gets.
     *
     * @throws PickleException for arguments it cannot work with
     */
    @Nullable
    Object call(List<@Nullable Object> arguments);
}
