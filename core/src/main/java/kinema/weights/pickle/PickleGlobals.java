package kinema.weights.pickle;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The names from outside that a pickle may use. Whatever is not listed here is refused. */
public interface PickleGlobals {
    /**
     * What stands for a Python name: a {@link PickleFunction} where it may be called, else any value.
     *
     * @return empty to refuse it
     */
    Optional<Object> find(String module, String name);

    /**
     * What a pickle keeps outside of itself.
     *
     * @param id how it refers to that
     * @throws PickleException when there is no such thing
     */
    @Nullable
    Object persistent(List<@Nullable Object> id);
}
