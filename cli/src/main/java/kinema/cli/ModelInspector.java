package kinema.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import kinema.Kinema;
import kinema.diffusion.PipelineDescription;
import kinema.tensor.Dtypes;
import kinema.tensor.Shapes;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Safetensors;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/** Reads a checkpoint's configs and safetensors headers; no weight is loaded, so it takes no memory to speak of. */
final class ModelInspector {
    private static final String INDEX = "model_index.json";

    /** What {@code model_index.json} names as the library of parts that need no folder. */
    private static final String OWN_LIBRARY = "kinema";

    private final Path folder;
    private final List<Network> networks = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private ModelInspector(Path folder) {
        this.folder = folder;
    }

    /**
     * Inspects a checkpoint's folder. Missing and damaged parts become {@link Inspection#problems}.
     *
     * @throws WeightsException when {@code model_index.json} is missing, not JSON, or names no system that Kinema knows
     */
    static Inspection inspect(Path folder) throws IOException {
        return new ModelInspector(folder).inspect();
    }

    private Inspection inspect() throws IOException {
        ConfigFile index = ConfigFile.read(folder.resolve(INDEX));
        String system = Kinema.system(folder);
        for (Map.Entry<String, JsonNode> part : index.properties()) {
            JsonNode type = part.getValue().path(1);
            boolean ours = part.getValue().path(0).asText().equals(OWN_LIBRARY);
            if (!part.getKey().startsWith("_") && type.isTextual() && !ours) {
                inspectPart(part.getKey(), type.asText());
            }
        }
        PipelineDescription description = describe();
        if (description != null) {
            description
                    .builtIn()
                    .forEach((part, parameters) -> networks.add(
                            new Network(part, index.node(part).path(1).asText(), 0, 0, Map.of("F32", parameters))));
        }
        return new Inspection(
                folder,
                system,
                description == null ? "unknown" : description.variant(),
                Licence.of(folder, index),
                List.copyOf(networks),
                description != null && problems.isEmpty() ? MemoryNeed.of(networks, description) : null,
                List.copyOf(problems));
    }

    private void inspectPart(String name, String type) throws IOException {
        Path part = folder.resolve(name);
        if (type.endsWith("Scheduler") || type.contains("Tokenizer")) {
            if (isEmpty(part)) {
                problems.add(part + ": missing or empty; " + type + " is read from it");
            }
            return;
        }
        try {
            networks.add(network(name, type, Checkpoint.files(part)));
        } catch (WeightsException e) {
            report(e);
        }
        try {
            ConfigFile.read(part.resolve("config.json"));
        } catch (WeightsException e) {
            report(e);
        }
    }

    /** Keeps an error as a problem, once: two readers of a file find the same. */
    private void report(RuntimeException e) {
        String problem = String.valueOf(e.getMessage());
        if (!problems.contains(problem)) {
            problems.add(problem);
        }
    }

    private static Network network(String name, String type, List<Path> files) throws IOException {
        Map<String, Long> parameters = new TreeMap<>();
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
            for (Safetensors.Entry entry : Safetensors.header(file).values()) {
                parameters.merge(Dtypes.name(entry.dtype()), Shapes.count(entry.shape()), Long::sum);
            }
        }
        return new Network(name, type, files.size(), bytes, parameters);
    }

    private @Nullable PipelineDescription describe() {
        try {
            return Kinema.describe(folder);
        } catch (WeightsException | IllegalArgumentException e) {
            report(e);
            return null;
        }
    }

    private static boolean isEmpty(Path part) throws IOException {
        if (!Files.isDirectory(part)) {
            return true;
        }
        try (Stream<Path> files = Files.list(part)) {
            return files.findAny().isEmpty();
        }
    }
}
