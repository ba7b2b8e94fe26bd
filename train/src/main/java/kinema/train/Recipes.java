package kinema.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import kinema.files.FileFailure;
import kinema.files.SmallFile;

/**
 * Reads training recipes: YAML files whose keys are the record's components in snake case. Keys that a recipe leaves out are
 * those of the record's defaults, a YAML file of the record's name beside its class. A list of objects there has one entry, from which
 * the recipe's entries take what they leave out, and the recipe must have the list itself.
 */
public final class Recipes {
    private static final int MAX_FILE = 1 << 20; // bytes

    private static final ObjectMapper YAML = JsonMapper.builder(
                    new YAMLFactory().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER))
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    private Recipes() {}

    /**
     * Reads a recipe.
     *
     * @throws IllegalArgumentException naming the file and the key that is missing, unknown or out of range
     */
    public static <T> T read(Path file, Class<T> type) {
        JsonNode recipe = parsed(file);
        try {
            JsonNode whole = completed(recipe, defaults(type));
            if (!whole.isObject()) {
                throw new IllegalArgumentException(
                        file + ": a recipe has a line 'key: value' for each of its keys, found "
                                + (whole.isMissingNode() ? "nothing" : RecipeMistake.found(whole)));
            }
            return YAML.treeToValue(whole, type);
        } catch (UnrecognizedPropertyException e) {
            throw new IllegalArgumentException(
                    file + ": unknown key '" + e.getPropertyName() + "'; known: " + RecipeMistake.known(e), e);
        } catch (ValueInstantiationException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalArgumentException(file + ": " + cause.getMessage(), e);
        } catch (MismatchedInputException e) {
            throw new IllegalArgumentException(
                    file + ": " + RecipeMistake.words(e, completed(recipe, defaults(type))), e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + ": " + RecipeMistake.words(e), e);
        }
    }

    private static JsonNode parsed(Path file) {
        try {
            return YAML.readTree(SmallFile.text(file, MAX_FILE));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + ": " + RecipeMistake.words(e), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + ": " + FileFailure.reading(file, e), e);
        }
    }

    /** A recipe as a YAML file with every key. */
    static String text(Object recipe) {
        try {
            return YAML.writeValueAsString(recipe);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode defaults(Class<?> type) {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".yaml")) {
            return in == null ? MissingNode.getInstance() : YAML.readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException("the defaults of " + type + " come with the program", e);
        }
    }

    private static JsonNode completed(JsonNode given, JsonNode defaults) {
        if (given.isObject() && defaults.isObject()) {
            ObjectNode all = YAML.createObjectNode();
            defaults.properties().forEach(key -> {
                if (!key.getValue().path(0).isObject()) {
                    all.set(key.getKey(), key.getValue());
                }
            });
            given.properties()
                    .forEach(key -> all.set(key.getKey(), completed(key.getValue(), defaults.path(key.getKey()))));
            return all;
        }
        if (given.isArray() && defaults.isArray()) {
            ArrayNode all = YAML.createArrayNode();
            given.forEach(entry -> all.add(completed(entry, defaults.path(0))));
            return all;
        }
        return given;
    }

    /** Throws when a rule of a recipe does not hold, with what was found. */
    public static void require(boolean holds, String rule, Object found) {
        if (!holds) {
            throw new IllegalArgumentException(rule + ", found " + found);
        }
    }
}
