package kinema.system;

import java.util.Optional;

/**
 * Something a request may set that only some systems know, such as a number of steps.
 *
 * @param key its name: words in lower case, hyphens between them, with the stage's name and a dot before it where a model has
 *     several of the kind, such as {@code base.steps}
 * @param words what it is, for people
 * @param type what values it may have
 * @param standard its value where a request leaves it open; empty where there is none of its own
 * @param effect on what it has an influence
 * @param <T> what a system works with
 */
public record Setting<T>(String key, String words, ValueType<T> type, Optional<T> standard, Effect effect) {
    /** On what a setting has an influence. */
    public enum Effect {
        /** On all that is made from the first step on. */
        SAMPLING,
        /** On what becomes of finished samples alone, so that a run may go on with another value. */
        DECODING
    }

    /** A setting that has an influence on all that is made, and no value of its own. */
    public static <T> Setting<T> of(String key, String words, ValueType<T> type) {
        return new Setting<>(key, words, type, Optional.empty(), Effect.SAMPLING);
    }

    /** The same with a value for requests that leave it open. */
    public Setting<T> withStandard(T value) {
        return new Setting<>(key, words, type, Optional.of(decode(encode(value))), effect);
    }

    /** The same for what becomes of finished samples. */
    public Setting<T> forDecoding() {
        return new Setting<>(key, words, type, standard, Effect.DECODING);
    }

    /**
     * The value to keep of one that is given.
     *
     * @throws IllegalArgumentException when it must not have that, with what it may have
     */
    Object encode(Object given) {
        return type.encode()
                .apply(given)
                .orElseThrow(() ->
                        new IllegalArgumentException(key + " must be " + type.expected() + ", found " + quoted(given)));
    }

    T decode(Object kept) {
        return type.decode().apply(kept);
    }

    private static String quoted(Object given) {
        return given instanceof CharSequence ? "'" + given + "'" : given.toString();
    }
}
