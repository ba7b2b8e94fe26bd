package kinema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.Denoised;
import kinema.diffusion.DenoisingState;
import kinema.tensor.Scopes;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DenoisingState} as a safetensors file: {@code latents}, {@code clean}, {@code rng}, and under {@code fixed.}
 * what does not change.
 */
record StateFile(Path file) {
    private static final String NAME = "state.safetensors";
    private static final String DONE = "done";
    private static final String LATENTS = "latents";
    private static final String CLEAN = "clean";
    private static final String RNG = "rng";
    private static final String FIXED = "fixed.";

    /** The file of a spill's folder, whether or not it is there. */
    static StateFile in(Path folder) {
        return new StateFile(folder.resolve(NAME));
    }

    boolean exists() {
        return Files.isRegularFile(file);
    }

    /** Writes a state over an earlier one, which stays until the new one is complete; the notes are those of its latents. */
    void write(DenoisingState state, LatentsNotes notes) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(LATENTS, state.at().latents());
        if (state.at().clean() != null) {
            tensors.put(CLEAN, state.at().clean());
        }
        tensors.put(RNG, state.rng());
        state.fixed().forEach((name, tensor) -> tensors.put(FIXED + name, tensor));
        Map<String, String> metadata = notes.toMap();
        metadata.put(DONE, Integer.toString(state.done()));
        SafetensorsWriter.write(file, tensors, metadata);
    }

    /**
     * The state, its tensors in the caller's scope; empty where there is no file.
     *
     * @throws SpillException for a damaged file
     */
    Optional<DenoisingState> read() {
        if (!exists()) {
            return Optional.empty();
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            @Nullable Tensor clean = tensors.entries().containsKey(CLEAN) ? copy(tensors, CLEAN) : null;
            Map<String, Tensor> fixed = new HashMap<>();
            for (String key : tensors.entries().keySet()) {
                if (key.startsWith(FIXED)) {
                    fixed.put(key.substring(FIXED.length()), copy(tensors, key));
                }
            }
            Denoised at = new Denoised(copy(tensors, LATENTS), clean);
            return Optional.of(new DenoisingState(done(tensors.metadata()), at, copy(tensors, RNG), fixed));
        } catch (WeightsException e) {
            throw damaged(e);
        }
    }

    /** Steps done in the state; 0 where there is no file. */
    int done() {
        if (!exists()) {
            return 0;
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            return done(tensors.metadata());
        } catch (WeightsException e) {
            throw damaged(e);
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    private static int done(Map<String, String> metadata) {
        String text = metadata.getOrDefault(DONE, "");
        if (!text.matches("\\d{1,9}")) {
            throw new WeightsException("the number of steps done must be a whole number, found '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    /** Not a view of the file: that is written anew while the tensors are in use. */
    private static Tensor copy(Safetensors tensors, String key) {
        return Scopes.keep(() -> tensors.tensor(key).clone());
    }

    private SpillException damaged(WeightsException cause) {
        return new SpillException(
                "the kept work in " + file.getParent() + " is damaged (" + cause.getMessage()
                        + "); remove the folder and generate again",
                cause);
    }
}
