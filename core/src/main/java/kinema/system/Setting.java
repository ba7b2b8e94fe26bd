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

    /** The same with other values allowed. */
    public Setting<T> within(ValueType<T> other) {
        return new Setting<>(key, words, other, standard, effect);
    }

    /** The same called by the name of a stage too, such as {@code base.steps}. */
    public Setting<T> of(Stage stage) {
        return new Setting<>(stage.name() + "." + key, words, type, standard, effect);
    }

    /** The same with a value for requests that leave it open. */
    public Setting<T> withStandard(T value) {
        return new Setting<>(key, words, type, Optional.of(decode(encode(value))), effect);
    }

    /**
     * The same with a value, as a model's file states it, for requests that leave it open.
     *
     * @throws IllegalArgumentException when it must not have that, with what it may have
     */
    public Setting<T> withOwn(Object stated) {
        return new Setting<>(key, words, type, Optional.of(decode(encode(stated))), effect);
    }

    /** The same for what becomes of finished samples. */
    public Setting<T> forDecoding() {
        return new Setting<>(key, words, type, standard, Effect.DECODING);
    }

    /**
     * The plain value of one that is given.
     *
     * @throws IllegalArgumentException when it must not have that, with what it may have
     */
    public Object encode(Object given) {
        Object value = type.read().apply(given).orElseThrow(() -> wrong(type.expected(), given));
        if (!type.within().test(value)) {
            throw wrong(type.range(), given);
        }
        return value;
    }

    /** The value of its own, plain. */
    public Optional<Object> standardValue() {
        return standard.map(this::encode);
    }

    T decode(Object plain) {
        return type.decode().apply(plain);
    }

    private IllegalArgumentException wrong(String expected, Object given) {
        return new IllegalArgumentException(key + " must be " + expected + ", found " + quoted(given));
    }

    private static String quoted(Object given) {
        boolean number = given.toString().matches("[-+]?[0-9.]+");
        return given instanceof CharSequence && !number ? "'" + given + "'" : given.toString();
    }
}
