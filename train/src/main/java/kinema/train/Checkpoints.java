package kinema.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The states a run can go on from, {@code step-0000500.safetensors}: parameters, Adam's means, moving average; and the numbers
 * of the interval that is not logged yet. A file appears when it is whole, so a run that is killed goes on from the one before.
 */
final class Checkpoints {
    private final Path folder;

    Checkpoints(Path folder) {
        this.folder = folder;
    }

    /** The step of the newest, 0 when there is none. */
    long latest() {
        List<Long> steps = steps();
        return steps.isEmpty() ? 0 : steps.get(0);
    }

    /** Saves a state and thins out older ones, so that {@code keep} are left. */
    void save(long step, List<Moved> learners, Meter meter, int keep) {
        Scopes.run(() -> {
            Map<String, Tensor> state = new LinkedHashMap<>();
            learners.forEach(learner -> state.putAll(learner.state()));
            try {
                Files.createDirectories(folder);
                Map<String, String> metadata = Map.of("step", Long.toString(step), "meter", meter.state());
                SafetensorsWriter.write(file(step), state, metadata);
            } catch (IOException e) {
                throw new UncheckedIOException(file(step) + ": the checkpoint cannot be saved", e);
            }
        });
        thin(keep);
    }

    /**
     * Goes back to the newest state.
     *
     * @return the numbers of its unfinished interval; new ones when there is no state
     */
    Meter resume(List<Moved> learners) {
        long step = latest();
        if (step == 0) {
            return new Meter();
        }
        try (Safetensors state = Safetensors.open(file(step));
                NoGradGuard guard = new NoGradGuard()) {
            Scopes.run(() ->
                    learners.forEach(learner -> learner.state().forEach((key, into) -> copy(state, key, into))));
            return Meter.of(state.metadata().getOrDefault("meter", "{}"));
        }
    }

    /** The newest, then each that is at least twice as far from it as the one kept before. */
    private void thin(int keep) {
        List<Long> steps = steps();
        List<Long> kept = new ArrayList<>();
        for (long step : steps) {
            long distance = steps.get(0) - step;
            long before = kept.isEmpty() ? 0 : steps.get(0) - kept.get(kept.size() - 1);
            if (kept.size() < keep && (kept.isEmpty() || distance >= 2 * before)) {
                kept.add(step);
            } else {
                delete(file(step));
            }
        }
    }

    /** Newest first. */
    private List<Long> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("step-\\d+\\.safetensors"))
                    .map(name -> Long.parseLong(name.substring("step-".length(), name.indexOf('.'))))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be read", e);
        }
    }

    private Path file(long step) {
        return folder.resolve(String.format("step-%07d.safetensors", step));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be removed", e);
        }
    }

    private static void copy(Safetensors state, String key, Tensor into) {
        Tensor saved = state.tensor(key);
        if (saved.numel() != into.numel()) {
            throw new IllegalArgumentException(state.file() + ": '" + key + "' has shape " + Shapes.text(saved.shape())
                    + ", the recipe's network has " + into.numel()
                    + " parameters; use another output folder or delete it");
        }
        into.copy_(saved);
    }
}
