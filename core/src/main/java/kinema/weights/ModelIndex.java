package kinema.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint's {@code model_index.json}: the class of the pipeline it was published for, that of each part, as
 * {@code [library, class]}, and, in models made with this engine, their own values of settings in the object
 * {@code _kinema}.
 */
public final class ModelIndex {
    /** The file's name. */
    public static final String NAME = "model_index.json";

    /** The object in it with what a model made with this engine states. */
    public static final String OWN = "_kinema";

    private final ConfigFile file;

    /** An index that has been read. */
    public ModelIndex(ConfigFile file) {
        this.file = file;
    }

    /**
     * The class of the pipeline that a folder's index names; empty where there is no index, or it names none.
     *
     * @throws WeightsException when the index is damaged
     */
    public static Optional<String> pipelineIn(Path folder) {
        Path file = folder.resolve(NAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        return Optional.of(new ModelIndex(ConfigFile.read(file)).pipeline()).filter(name -> !name.isEmpty());
    }

    /** The class of the pipeline the model was published for; empty where none is named. */
    public String pipeline() {
        return file.text("_class_name", "");
    }

    /**
     * The class of a part.
     *
     * @throws WeightsException when the index does not name one
     */
    public String part(String name) {
        JsonNode node = file.node(name);
        if (node.size() != 2 || !node.path(1).isTextual()) {
            throw new WeightsException(file.file() + ": '" + name + "' must be [library, class], found "
                    + (node.isMissingNode() ? "nothing" : node));
        }
        return node.path(1).asText();
    }

    /** Whether a part is of this class; false where the index does not name the part. */
    public boolean names(String name, String type) {
        return file.node(name).path(1).asText().equals(type);
    }

    /** The model's own value of a setting; a missing node where it states none. */
    public JsonNode own(String setting) {
        return file.node(OWN).path(setting);
    }

    /**
     * All that the model states itself, numbers and words by their keys.
     *
     * @throws WeightsException for anything else
     */
    public Map<String, Object> own() {
        JsonNode stated = file.node(OWN);
        if (!stated.isMissingNode() && !stated.isObject()) {
            throw new WeightsException(
                    file.file() + ": '" + OWN + "' must be an object of values by key, found " + stated);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        stated.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (!value.isNumber() && !value.isTextual()) {
                throw new WeightsException(file.file() + ": '" + entry.getKey() + "' in '" + OWN
                        + "' must be a number or a word, found " + value);
            }
            all.put(entry.getKey(), value.isNumber() ? value.numberValue() : value.asText());
        });
        return all;
    }

    /** The error for a part of a class that is not known. */
    public WeightsException unknown(String name, String known) {
        return new WeightsException(file.file() + ": unknown " + name + " '" + part(name) + "'; known: " + known);
    }

    /** The error for a pipeline that is none of a system's. */
    public WeightsException unknownPipeline(String system) {
        return new WeightsException(file.file() + ": '" + pipeline() + "' is no " + system + " pipeline");
    }
}
