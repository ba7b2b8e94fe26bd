package kinema.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.memory.MemoryPlan;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.Setting;
import kinema.text.KnownWords;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/** Reads a checkpoint's configs and the headers of its weight files; no weight is loaded, so it takes no memory to speak of. */
final class ModelInspector {
    /** What {@code model_index.json} names as the library of parts that need no folder. */
    private static final String OWN_LIBRARY = "kinema";

    /** A look at a part. */
    private interface Reading {
        void run() throws IOException;
    }

    private final Path folder;
    private final CheckpointParts parts;
    private final List<Network> networks = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    private ModelInspector(Path folder) {
        this.folder = folder;
        parts = Kinema.parts(folder);
    }

    /**
     * Inspects a checkpoint's folder. Missing and damaged parts become {@link Inspection#problems}.
     *
     * @throws WeightsException when there is neither a readable {@code model_index.json} nor authors' files, or it names no
     *     system that Kinema knows
     */
    static Inspection inspect(Path folder) throws IOException {
        return new ModelInspector(folder).inspect();
    }

    private Inspection inspect() throws IOException {
        ConfigFile index = parts.index();
        String system = Kinema.system(folder);
        PipelineDescription description = describe();
        for (Map.Entry<String, JsonNode> part : index.properties()) {
            JsonNode library = part.getValue().path(0);
            JsonNode type = part.getValue().path(1);
            if (part.getKey().startsWith("_") || !type.isTextual()) {
                continue;
            }
            Map<String, List<Long>> expected =
                    description == null ? null : description.networks().get(part.getKey());
            if (!library.asText().equals(OWN_LIBRARY)) {
                inspectPart(part.getKey(), type.asText(), expected);
            } else if (expected != null) {
                networks.add(Network.builtIn(part.getKey(), type.asText(), expected));
            }
        }
        MemoryPlan plan = problems.isEmpty() ? plan() : null;
        return new Inspection(
                folder,
                system,
                description == null ? "unknown" : description.variant(),
                Licence.of(folder, index),
                List.copyOf(networks),
                settings(),
                words(),
                plan,
                List.copyOf(problems));
    }

    private void inspectPart(String name, String type, @Nullable Map<String, List<Long>> expected) throws IOException {
        if (type.contains("Tokenizer")) {
            check(() -> requireFiles(parts.folder(name), type));
            return;
        }
        if (!type.endsWith("Scheduler")) {
            check(() -> {
                Network network = Network.ofFiles(name, type, parts.network(name));
                networks.add(network);
                if (expected != null) {
                    ShapeCheck.differences(expected, network.shapes())
                            .forEach(d -> problems.add(folder.resolve(name) + ": " + d));
                }
            });
        }
        check(() -> config(name));
    }

    /** Reads a part's config, so that it is known to be one. */
    private void config(String name) {
        try {
            var unused = parts.config(name);
        } catch (WeightsException e) {
            if (Files.exists(parts.folder(name))) {
                throw e;
            }
            throw new WeightsException(
                    parts.index().file() + " names the part '" + name + "', which is not there: " + e.getMessage(), e);
        }
    }

    private void check(Reading reading) throws IOException {
        try {
            reading.run();
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

    /** What a video of the model's own size takes with all weights in memory; null when the model cannot be opened. */
    private @Nullable MemoryPlan plan() {
        try (VideoModel model = Kinema.open(
                folder, OpenOptions.DEFAULT.withMaxMemory(Long.MAX_VALUE).withKept(false))) {
            return model.prepare(GenerationRequest.of("a").build()).plan();
        } catch (WeightsException | IllegalArgumentException e) {
            report(e);
            return null;
        }
    }

    private List<Setting<?>> settings() {
        try {
            return Kinema.rules(folder).settings().settings();
        } catch (WeightsException | IllegalArgumentException e) {
            report(e);
            return List.of();
        }
    }

    private Optional<KnownWords> words() {
        try {
            return KnownWords.of(folder);
        } catch (WeightsException e) {
            report(e);
            return Optional.empty();
        }
    }

    private @Nullable PipelineDescription describe() {
        try {
            return Kinema.describe(folder);
        } catch (WeightsException | IllegalArgumentException e) {
            report(e);
            return null;
        }
    }

    private static void requireFiles(Path part, String type) throws IOException {
        if (isEmpty(part)) {
            throw new WeightsException(part + ": missing or empty; " + type + " is read from it");
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
