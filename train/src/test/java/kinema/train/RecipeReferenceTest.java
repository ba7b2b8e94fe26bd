package kinema.train;

import static kinema.testing.GeneratedPage.cell;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import kinema.eval.DetectorRecipe;
import kinema.testing.GeneratedPage;
import kinema.train.cogvideo.ImageRecipe;
import kinema.train.cogvideo.PartRecipe;
import kinema.train.cogvideo.TokenRecipe;
import kinema.train.cogvideox.DraftRecipe;
import kinema.train.cogvideox.TransformerRecipe;
import kinema.train.cogvideox.VaeRecipe;
import kinema.train.show1.AutoencoderRecipe;
import kinema.train.show1.StageRecipe;
import org.junit.jupiter.api.Test;

/** The reference of recipes is made of their records: keys and kinds by reflection, words of the javadoc, values of the defaults' files. */
class RecipeReferenceTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final SnakeCaseStrategy SNAKE = new SnakeCaseStrategy();

    /** A record, where in a recipe it stands, and what is taken where a recipe leaves out its keys. */
    private record Part(Class<?> type, String key, JsonNode defaults, boolean list) {}

    private final StringBuilder page = new StringBuilder();

    @Test
    void isWhatTheRecordsSay() throws IOException {
        page.append("# Recipes\n\n")
                .append("A recipe is a YAML file with the keys of one of the tables below; a key within another stands"
                        + " indented below it, as in")
                .append(" `recipes/`. What has a value under \"left out\" need not be given. [The"
                        + " tutorial](../tutorial.md#5-train-on-your-own-clips)")
                .append(" has a whole one; a run's folder holds its recipe with every key.\n");
        recipe("kinema train transformer", TransformerRecipe.class);
        recipe("kinema train vae", VaeRecipe.class);
        recipe("kinema train draft", DraftRecipe.class);
        recipe("kinema tokenize", TokenRecipe.class);
        recipe("kinema train image", ImageRecipe.class);
        recipe("kinema train base, keyframes, interpolation, upscaler", PartRecipe.class);
        recipe("kinema train show1-images, show1-base and other stages of Show-1", StageRecipe.class);
        recipe("kinema train show1-autoencoder", AutoencoderRecipe.class);
        recipe("kinema train detector", DetectorRecipe.class);

        GeneratedPage.check("recipes.md", page.toString());
    }

    private void recipe(String command, Class<?> type) throws IOException {
        page.append("\n## ").append(command).append("\n\n");
        page.append(summary(type)).append("\n\n");
        Deque<Part> parts = new ArrayDeque<>();
        parts.add(new Part(type, "", defaults(type), false));
        while (!parts.isEmpty()) {
            Part part = parts.remove();
            if (!part.key().isEmpty()) {
                page.append("\n### `" + part.key() + "` of " + command.replaceFirst("kinema (train )?", "") + "\n\n");
                page.append(summary(part.type()) + (part.list() ? " A list of these." : "") + "\n\n");
            }
            page.append("| key | kind | left out | |\n|---|---|---|---|\n");
            for (RecordComponent component : part.type().getRecordComponents()) {
                row(part, component, parts);
            }
        }
    }

    private void row(Part part, RecordComponent component, Deque<Part> parts) throws IOException {
        String name = SNAKE.translate(component.getName());
        JsonNode left = part.defaults().path(name);
        Class<?> element = element(component);
        boolean list = component.getType() != element;
        boolean nested = element.isRecord() && element.getPackageName().startsWith("kinema") && !isText(element);
        String path = part.key().isEmpty() ? name : part.key() + "." + name;
        if (nested) {
            parts.add(new Part(element, path, list ? left.path(0) : left, list));
        }
        String kind = nested
                ? (list ? "a list, see below" : "see below")
                : (list ? "a list of " + plural(element) : kind(element));
        String value = left.isMissingNode() || nested
                ? ""
                : "`" + (left.isTextual() ? left.asText().isEmpty() ? "\"\"" : left.asText() : left) + "`";
        page.append("| `" + name + "` | " + cell(kind) + " | " + cell(value) + " | "
                + cell(words(part.type(), component.getName())) + " |\n");
    }

    private static JsonNode defaults(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".yaml")) {
            return in == null ? MissingNode.getInstance() : new YAMLMapper().readTree(in);
        }
    }

    private static Class<?> element(RecordComponent component) {
        Type type = component.getGenericType();
        return type instanceof ParameterizedType list && component.getType() != Map.class
                ? (Class<?>) list.getActualTypeArguments()[0]
                : component.getType();
    }

    /** Records that a recipe writes as one word, such as 64x64x17. */
    private static boolean isText(Class<?> type) {
        return type == ClipSource.Shape.class;
    }

    private static String kind(Class<?> type) {
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(value -> "`" + value.toString().toLowerCase(Locale.ROOT) + "`")
                    .collect(Collectors.joining(" or "));
        }
        return switch (type.getSimpleName()) {
            case "long", "int", "Long" -> "a whole number";
            case "double", "Double" -> "a number";
            case "boolean" -> "true or false";
            case "String" -> "a text";
            case "Map" -> "keys and their values";
            case "Shape" -> "a size, such as 64x64x17";
            default -> throw new IllegalStateException("no words for " + type);
        };
    }

    private static String plural(Class<?> type) {
        return kind(type).replaceFirst("^a (.*?)(,.*)?$", "$1s$2");
    }

    private static String source(Class<?> type) throws IOException {
        Class<?> file = type.getNestHost();
        return Files.readString(SOURCES.resolve(file.getName().replace('.', '/') + ".java"));
    }

    /** The javadoc before a record, without its stars. */
    private static String javadoc(Class<?> type) throws IOException {
        Matcher found = Pattern.compile(
                        "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+\\s*)*public record " + type.getSimpleName() + "\\(",
                        Pattern.DOTALL)
                .matcher(source(type));
        assertThat(found.find()).as("javadoc of " + type).isTrue();
        return plain(found.group(1).replaceAll("\\n\\s*\\* ?", "\n"));
    }

    private static String plain(String javadoc) {
        return javadoc.replaceAll("\\{@code ([^}]*)}", "`$1`").replaceAll("\\{@link #?([^}]*)}", "`$1`");
    }

    private static String summary(Class<?> type) throws IOException {
        return javadoc(type)
                .replaceFirst("(?s)(\\n@param|What a recipe leaves out).*", "")
                .replaceAll("\\s+", " ")
                .strip();
    }

    private static String words(Class<?> type, String component) throws IOException {
        Matcher found = Pattern.compile("@param " + component + " ((?:(?!@param).)*)", Pattern.DOTALL)
                .matcher(javadoc(type));
        assertThat(found.find())
                .as("@param " + component + " in the javadoc of " + type)
                .isTrue();
        return found.group(1).replaceAll("\\s+", " ").strip();
    }
}
