package kinema.testing.toy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.Phase;
import kinema.diffusion.PhaseMemory;
import kinema.system.OpenOptions;
import kinema.system.Stage;
import kinema.tensor.Precision;
import kinema.tensor.Residency;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.SafetensorsWriter;
import kinema.weights.StoredNetwork;
import org.bytedeco.pytorch.Tensor;

/**
 * The folder of a toy's checkpoint: a folder with weights for each network, and no index.
 *
 * @param root of the checkpoint
 * @param names of the networks
 */
record ToyFiles(Path root, List<String> names) implements CheckpointParts {
    /** Text states of a prompt: one number for each of so many letters. */
    static final int LETTERS = 4;

    private static final String WEIGHTS = "weights.safetensors";

    /** Whether all parts are there. */
    boolean isWhole() {
        return names.stream().allMatch(name -> Files.isRegularFile(folder(name).resolve(WEIGHTS)));
    }

    /** These files, when nothing is to be added to their weights. */
    ToyFiles withoutLoras(OpenOptions options) {
        if (!options.loras().isEmpty()) {
            throw new IllegalArgumentException("a toy takes no LoRAs");
        }
        return this;
    }

    /** Writes a network's weights, drawn from a seed. */
    void write(String network, long seed, Map<String, long[]> shapes) {
        Scopes.run(() -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            try (Rng rng = new Rng(seed)) {
                shapes.forEach((key, shape) -> tensors.put(key, rng.randn(shape)));
                Files.createDirectories(folder(network));
                SafetensorsWriter.write(folder(network).resolve(WEIGHTS), tensors, Map.of());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public ConfigFile index() {
        Map<String, Object> parts = new LinkedHashMap<>();
        names.forEach(name -> parts.put(name, List.of("toy", "Network")));
        return ConfigFile.of(root, parts);
    }

    @Override
    public ConfigFile config(String part) {
        return ConfigFile.of(folder(part), Map.of());
    }

    @Override
    public Path folder(String part) {
        return root.resolve(part);
    }

    @Override
    public StoredNetwork network(String part) {
        return StoredNetwork.ofFolder(folder(part));
    }

    /** The states of a prompt: its first letters as numbers around 0. */
    static float[] states(String prompt) {
        float[] states = new float[LETTERS];
        for (int i = 0; i < Math.min(prompt.length(), LETTERS); i++) {
            states[i] = (prompt.charAt(i) - 'm') / 8f;
        }
        return states;
    }

    /** A plan of next to nothing. */
    static MemoryPlan plan(List<Stage> stages) {
        List<PhaseMemory> phases = stages.stream()
                .map(stage -> new PhaseMemory(Phase.DENOISE, 1000, 1000))
                .toList();
        return new MemoryPlan(
                phases, Precision.FP32, Residency.RESIDENT, Optional.empty(), 0, Long.MAX_VALUE, Optional.empty());
    }
}
