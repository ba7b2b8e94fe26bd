package kinema.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.text.KnownWords;
import kinema.weights.Parameters;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes a model folder part by part: configs as JSON, weights as float16. */
public final class NetworkFolder {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private final Path folder;

    /** The folder; it need not be there. */
    public NetworkFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder itself. */
    public void make() {
        made(folder);
    }

    /** Writes a network's {@code config.json} and weights into a sub-folder. */
    public void network(String name, Map<String, ?> config, Parameters parameters) {
        Scopes.run(
                () -> network(name, config, parameters.parts(parameters.values().to(ScalarType.Half))));
    }

    /** The same for weights in the dtypes they are stored in. */
    public void network(String name, Map<String, ?> config, Map<String, Tensor> weights) {
        json(name + "/config.json", config);
        weights(name, weights);
    }

    /** Writes the weights of a network that has no config into a sub-folder. */
    public void weights(String name, Parameters parameters) {
        Scopes.run(() -> weights(name, parameters.parts(parameters.values().to(ScalarType.Half))));
    }

    private void weights(String name, Map<String, Tensor> weights) {
        Path file = folder.resolve(name).resolve(WEIGHTS);
        made(folder.resolve(name));
        try {
            SafetensorsWriter.write(file, weights, Map.of("format", "pt"));
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
    }

    /**
     * Puts parts of another model beside those that are written here: as links where the file system has them, for a part can be
     * large.
     *
     * @param wanted by the name of a folder or file of the other model
     */
    public void copy(Path from, Predicate<String> wanted) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Path name = from.relativize(file);
                if (wanted.test(name.getName(0).toString())) {
                    Path target = folder.resolve(name.toString());
                    made(Objects.requireNonNull(target.toAbsolutePath().getParent()));
                    Files.deleteIfExists(target);
                    link(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be filled from " + from, e);
        }
    }

    private static void link(Path file, Path target) throws IOException {
        try {
            Files.createLink(target, file);
        } catch (IOException | UnsupportedOperationException e) {
            // No links here, or another disk; what else is wrong the copy says.
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Writes the list of what captions speak of anew; where there is none, or it is not known whole, a list that is there goes. */
    public void words(Optional<KnownWords> words) {
        try {
            made(folder);
            Files.deleteIfExists(folder.resolve(KnownWords.FILE)); // it may be a link to another model's
            if (words.isPresent()) {
                words.get().write(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(folder.resolve(KnownWords.FILE) + ": cannot be written", e);
        }
    }

    /** Writes a file anew, so that a link to another model's file leaves that as it is. */
    public void json(String name, Object value) {
        Path file = folder.resolve(name);
        try {
            made(Objects.requireNonNull(file.toAbsolutePath().getParent()));
            Files.deleteIfExists(file);
            Files.writeString(file, JSON.writeValueAsString(value) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
    }

    private static void made(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": cannot be made", e);
        }
    }
}
