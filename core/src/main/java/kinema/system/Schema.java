package kinema.system;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import kinema.files.Names;

/** The settings that a model understands, with its own values for those a request leaves open. Immutable. */
public final class Schema {
    private final Map<String, Setting<?>> settings = new LinkedHashMap<>();
    private final Map<String, Function<Map<String, ?>, Optional<Object>>> following = new HashMap<>();
    private final Map<String, Function<Settings, Optional<Object>>> derived = new HashMap<>();

    /** Of these settings, in this order. */
    public Schema(List<Setting<?>> settings) {
        for (Setting<?> setting : settings) {
            if (this.settings.put(setting.key(), setting) != null) {
                throw new IllegalArgumentException("two settings are called '" + setting.key() + "'");
            }
        }
    }

    /** The same where requests that set {@code leading} and leave {@code open} open have the value for it that follows. */
    public <A, B> Schema where(Setting<A> leading, Setting<B> open, Function<A, B> value) {
        Schema all = copy();
        all.following.put(
                open.key(),
                given -> Optional.<Object>ofNullable(given.get(leading.key()))
                        .map(set -> open.encode(value.apply(leading.decode(leading.encode(set))))));
        return all;
    }

    /** The same where requests that leave {@code open} open have the value for it that follows from those before it in order, if any. */
    public <B> Schema where(Setting<B> open, Function<Settings, Optional<B>> value) {
        Schema all = copy();
        all.derived.put(open.key(), before -> value.apply(before).map(open::encode));
        return all;
    }

    private Schema copy() {
        Schema all = new Schema(settings());
        all.following.putAll(following);
        all.derived.putAll(derived);
        return all;
    }

    /** All settings, in order. */
    public List<Setting<?>> settings() {
        return List.copyOf(settings.values());
    }

    /** The keys of settings that may differ from one part of a run to the next. */
    public Set<String> ofDecoding() {
        return settings.values().stream()
                .filter(setting -> setting.effect() == Setting.Effect.DECODING)
                .map(Setting::key)
                .collect(Collectors.toSet());
    }

    /**
     * The values of all settings.
     *
     * @param given by key what a request sets, as the system's own type or as text
     * @throws IllegalArgumentException for a setting the model does not know, with the nearest it does, and for a value that
     *     is not one of the setting's
     */
    public Settings complete(Map<String, ?> given) {
        given.keySet().stream()
                .filter(key -> !settings.containsKey(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new IllegalArgumentException(unknown(key));
                });
        Map<String, Object> values = new LinkedHashMap<>();
        settings.forEach((key, setting) -> value(setting, given)
                .or(() -> derived.getOrDefault(key, none -> Optional.empty()).apply(new Settings(values)))
                .ifPresent(value -> values.put(key, value)));
        return new Settings(values);
    }

    /** The values of a request that leaves all settings open. */
    public Settings standard() {
        return complete(Map.of());
    }

    private <T> Optional<Object> value(Setting<T> setting, Map<String, ?> given) {
        return Optional.<Object>ofNullable(given.get(setting.key()))
                .map(setting::encode)
                .or(() -> following
                        .getOrDefault(setting.key(), none -> Optional.empty())
                        .apply(given))
                .or(setting::standardValue);
    }

    private String unknown(String key) {
        String near = Names.nearest(key, settings.keySet(), Math.max(2, key.length() / 3))
                .map(best -> "; did you mean '" + best + "'?")
                .orElse("");
        return "this model has no setting '" + key + "'" + near + (near.isEmpty() ? "; it has " : " It has ")
                + String.join(", ", settings.keySet());
    }
}
