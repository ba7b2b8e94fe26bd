package kinema.system;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The values of a model's settings, in the order of its {@link Schema}, which alone makes them.
 *
 * @param values whole numbers, numbers, flags and texts by key
 */
public record Settings(Map<String, Object> values) {
    /** Keeps a copy of the map. */
    public Settings {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /**
     * The value of a setting that the schema has a value for in every request.
     *
     * @throws IllegalStateException when there is none, which is the system's mistake
     */
    public <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(() ->
                        new IllegalStateException("no value for '" + setting.key() + "', only for " + values.keySet()));
    }

    /** The value of a setting; empty where neither the request nor the model has one. */
    public <T> Optional<T> find(Setting<T> setting) {
        return Optional.ofNullable(values.get(setting.key())).map(setting::decode);
    }
}
