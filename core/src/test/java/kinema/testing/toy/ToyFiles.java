package kinema.testing.toy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.system.OpenOptions;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.weights.CheckpointParts;
import kinema.weights.ConfigFile;
import kinema.weights.SafetensorsWriter;
import kinema.weights.StoredNetwork;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

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

    /** Writes a network's weights in 16 bits, drawn from a seed. */
    void write(String network, long seed, Map<String, long[]> shapes) {
        Scopes.run(() -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            try (Rng rng = new Rng(seed)) {
                shapes.forEach((key, shape) -> tensors.put(key, rng.randn(shape).to(ScalarType.BFloat16)));
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
}
