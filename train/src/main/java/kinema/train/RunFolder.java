package kinema.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;

/**
 * What a training run leaves on disk: {@code state.safetensors} to go on from, {@code log.csv}, and pictures.
 *
 * <p>The state is replaced whole, so a run that is killed at any moment goes on from the last one saved.
 */
public final class RunFolder {
    private final Path folder;

    /** Makes the folder if it is not there. */
    public RunFolder(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the run's folder cannot be made", e);
        }
    }

    /** A file of this run. */
    public Path file(String name) {
        return folder.resolve(name);
    }

    /** Saves everything the next steps depend on. */
    void save(long step, Parameters parameters, AdamW optimizer, Rng rng) {
        Scopes.run(() -> {
            Map<String, Tensor> state = new LinkedHashMap<>();
            state.put("values", parameters.values());
            state.put("mean", optimizer.mean());
            state.put("square", optimizer.square());
            state.put("average", optimizer.average());
            state.put("rng", rng.state());
            try {
                SafetensorsWriter.write(stateFile(), state, Map.of("step", Long.toString(step)));
            } catch (IOException e) {
                throw new UncheckedIOException(stateFile() + ": the state cannot be saved", e);
            }
        });
    }

    /** Goes back to the saved state, if there is one. Returns the next step, 0 for a new run. */
    long resume(Parameters parameters, AdamW optimizer, Rng rng) {
        if (!Files.exists(stateFile())) {
            return 0;
        }
        try (Safetensors state = Safetensors.open(stateFile())) {
            Scopes.run(() -> {
                copy(state, "values", parameters.values());
                copy(state, "mean", optimizer.mean());
                copy(state, "square", optimizer.square());
                copy(state, "average", optimizer.average());
                rng.restore(state.tensor("rng").clone());
            });
            return Long.parseLong(state.metadata().getOrDefault("step", "0"));
        }
    }

    /** Appends a row to {@code log.csv}; a new file starts with the names. */
    void log(Map<String, Double> row) {
        Path file = file("log.csv");
        StringBuilder text = new StringBuilder();
        if (!Files.exists(file)) {
            text.append(String.join(",", row.keySet())).append('\n');
        }
        text.append(row.values().stream().map(RunFolder::number).collect(Collectors.joining(",")))
                .append('\n');
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : String.format(Locale.ROOT, "%.6g", value);
    }

    private Path stateFile() {
        return file("state.safetensors");
    }

    private void copy(Safetensors state, String key, Tensor into) {
        Tensor saved = state.tensor(key);
        if (saved.numel() != into.numel()) {
            throw new IllegalArgumentException(stateFile() + ": '" + key + "' has shape " + Shapes.text(saved.shape())
                    + ", the recipe's network has " + into.numel()
                    + " parameters; use another output folder or delete it");
        }
        into.copy_(saved);
    }
}
