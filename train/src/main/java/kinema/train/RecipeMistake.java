package kinema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong with a recipe, in the words of whoever wrote it: keys as they stand there, and what their values must be. */
final class RecipeMistake {
    private static final int SHOWN = 40; // characters of a value

    private RecipeMistake() {}

    /** A text that is no YAML. */
    static String words(JsonProcessingException e) {
        String where =
                e.getLocation() == null ? "" : " near line " + e.getLocation().getLineNr();
        return "not valid YAML" + where + "; expected lines such as 'seed: 1', inner keys indented by spaces, a list"
                + " between [ and ] or with - before each entry";
    }

    /**
     * A key that is missing, or whose value is of another kind.
     *
     * @param recipe with its defaults
     */
    static String words(MismatchedInputException e, JsonNode recipe) {
        JsonNode at = at(e, recipe);
        String key = key(e);
        if (at.isMissingNode() || at.isNull()) {
            return "the key '" + key + "' is missing or has no value";
        }
        return "the key '" + key + "' must be " + expected(e.getTargetType()) + ", found " + found(at);
    }

    /** The keys that stand where an unknown one was found. */
    static String known(UnrecognizedPropertyException e) {
        Collection<Object> ids = e.getKnownPropertyIds();
        return ids.stream().map(Object::toString).sorted().collect(Collectors.joining(", "));
    }

    /** A value as it is found. */
    static String found(JsonNode value) {
        if (value.isObject()) {
            return "keys of its own";
        }
        if (value.isArray()) {
            return "a list";
        }
        String text = value.asText();
        return "'" + (text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text) + "'";
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "of another kind";
        }
        if (type.isEnum()) {
            return "one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(one -> one.toString().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "));
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            return "a whole number";
        }
        if (type == double.class || type == float.class || type == Double.class) {
            return "a number";
        }
        if (Collection.class.isAssignableFrom(type) || type.isArray()) {
            return "a list";
        }
        return type.isRecord() ? "keys: " + String.join(", ", keys(type)) : "a text";
    }

    private static List<String> keys(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .map(PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE::translate)
                .toList();
    }

    private static JsonNode at(JsonMappingException e, JsonNode recipe) {
        JsonNode at = recipe;
        for (JsonMappingException.Reference step : e.getPath()) {
            at = step.getFieldName() == null ? at.path(step.getIndex()) : at.path(step.getFieldName());
            if (at.isMissingNode()) {
                return at;
            }
        }
        return at;
    }

    private static String key(JsonMappingException e) {
        return e.getPath().stream()
                .map(step -> step.getFieldName() == null ? Integer.toString(step.getIndex() + 1) : step.getFieldName())
                .collect(Collectors.joining("."));
    }
}
