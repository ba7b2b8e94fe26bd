package kinema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import kinema.system.RunState;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import kinema.weights.Sha256;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A {@link RunState} as a safetensors file: the changing tensors by their names, {@code rng}, and under {@code fixed.} those
 * that stay the same.
 */
record StateFile(Path file) {
    private static final String NAME = "state.safetensors";
    private static final String DONE = "done";
    private static final String STAGE = "stage";
    private static final String DIGEST = "digest";
    private static final String RNG = "rng";
    private static final String FIXED = "fixed.";

    /** The file of a spill's folder, whether or not it is there. */
    static StateFile in(Path folder) {
        return new StateFile(folder.resolve(NAME));
    }

    boolean exists() {
        return Files.isRegularFile(file);
    }

    /**
     * Writes a state over an earlier one, which stays until the new one is complete.
     *
     * @param notes what the file is to say of its tensors besides
     */
    void write(RunState state, Map<String, String> notes) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>(state.changing());
        tensors.put(RNG, state.rng());
        state.fixed().forEach((name, tensor) -> tensors.put(FIXED + name, tensor));
        Map<String, String> metadata = new LinkedHashMap<>(notes);
        metadata.put(STAGE, state.stage());
        metadata.put(DONE, Integer.toString(state.done()));
        metadata.put(DIGEST, digest(state));
        SafetensorsWriter.write(file, tensors, metadata);
    }

    /**
     * The state, its tensors in the caller's scope; empty where there is no file.
     *
     * @throws SpillException for a damaged file
     */
    Optional<RunState> read() {
        if (!exists()) {
            return Optional.empty();
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            Map<String, Tensor> changing = new LinkedHashMap<>();
            Map<String, Tensor> fixed = new LinkedHashMap<>();
            for (String key : tensors.entries().keySet()) {
                if (key.startsWith(FIXED)) {
                    fixed.put(key.substring(FIXED.length()), copy(tensors, key));
                } else if (!key.equals(RNG)) {
                    changing.put(key, copy(tensors, key));
                }
            }
            RunState state =
                    new RunState(stage(tensors.metadata()), done(tensors.metadata()), changing, rng(tensors), fixed);
            if (!digest(state).equals(tensors.metadata().get(DIGEST))) {
                throw new WeightsException("its digest is another than when it was written");
            }
            return Optional.of(state);
        } catch (WeightsException e) {
            throw damaged(e);
        }
    }

    /**
     * How far a run is.
     *
     * @param stage the name of the stage it is in
     * @param done steps of that stage
     */
    record Place(String stage, int done) {}

    /** How far the saved run is; empty where there is no file. */
    Optional<Place> place() {
        if (!exists()) {
            return Optional.empty();
        }
        try (Safetensors tensors = Safetensors.open(file)) {
            return Optional.of(new Place(stage(tensors.metadata()), done(tensors.metadata())));
        } catch (WeightsException e) {
            throw damaged(e);
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(SafetensorsWriter.unfinished(file));
    }

    private static String stage(Map<String, String> metadata) {
        String stage = metadata.get(STAGE);
        if (stage == null) {
            throw new WeightsException("it does not say in which stage the run was");
        }
        return stage;
    }

    private static int done(Map<String, String> metadata) {
        String text = metadata.getOrDefault(DONE, "");
        if (!text.matches("\\d{1,9}")) {
            throw new WeightsException("the number of steps done must be a whole number, found '" + text + "'");
        }
        return Integer.parseInt(text);
    }

    private static Tensor rng(Safetensors tensors) {
        Safetensors.Entry entry = tensors.entries().get(RNG);
        if (entry == null || entry.dtype() != ScalarType.Byte || entry.shape().length != 1) {
            throw new WeightsException("the state of the random numbers must be a row of bytes, found "
                    + (entry == null ? "none" : Dtypes.name(entry.dtype()) + " " + Shapes.text(entry.shape())));
        }
        return copy(tensors, RNG);
    }

    /** Of all that a run depends on: the stage, its steps, and names, dtypes, shapes and numbers of tensors. */
    private static String digest(RunState state) {
        Sha256 sha = new Sha256().add(state.stage() + '\n' + state.done());
        new TreeMap<>(state.changing()).forEach(sha::add);
        new TreeMap<>(state.fixed()).forEach((name, tensor) -> sha.add(FIXED + name, tensor));
        return sha.add(RNG, state.rng()).hex();
    }

    /** Not a view of the file: that is written anew while the tensors are in use. */
    private static Tensor copy(Safetensors tensors, String key) {
        return Scopes.keep(() -> tensors.tensor(key).clone());
    }

    private SpillException damaged(WeightsException cause) {
        return new SpillException(
                "the saved work in " + file.getParent() + " is damaged (" + cause.getMessage()
                        + "); remove the folder and generate again",
                cause);
    }
}
