package kinema.train.cogvideox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.PartDigest;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.SchedulerType;
import kinema.tensor.Scopes;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes the parts of a model in the published folder layout; weights are stored as float16. */
final class TrainedFolder {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String INDEX = "model_index.json";
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    private final Path folder;

    TrainedFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes the folder itself. */
    void make() {
        made(folder);
    }

    /** Writes a network's {@code config.json} and weights into a sub-folder. */
    void network(String name, Map<String, ?> config, Parameters parameters) {
        json(name + "/config.json", config);
        Path file = folder.resolve(name).resolve(WEIGHTS);
        Scopes.run(() -> {
            Tensor half = parameters.values().to(ScalarType.Half);
            try {
                SafetensorsWriter.write(file, parameters.parts(half), Map.of("format", "pt"));
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": cannot be written", e);
            }
        });
    }

    /**
     * Puts parts of another model beside those that are written here: as links where the file system has them, for a text encoder
     * can be large.
     *
     * @param names of the parts; all that are not here yet when there are none
     */
    void copyOthers(Path from, List<String> names) {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = from.relativize(file).toString();
                String part = from.relativize(file).getName(0).toString();
                boolean wanted = names.isEmpty() ? !part.equals("transformer") : names.contains(part);
                if (wanted) {
                    Path target = folder.resolve(name);
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
            Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Writes {@code scheduler/scheduler_config.json}. */
    void scheduler(ScheduleConfig c) {
        json("scheduler/scheduler_config.json", SchedulerFile.toMap(SchedulerType.DDIM, c));
    }

    /** Writes {@code model_index.json} for a model whose texts MiniLM encodes, with its own defaults. */
    void index(Map<String, ?> defaults) {
        ObjectNode index = JSON.createObjectNode();
        index.put("_class_name", "CogVideoXPipeline");
        index.set("_kinema", JSON.valueToTree(defaults));
        part(index, "scheduler", "diffusers", SchedulerFile.className(SchedulerType.DDIM));
        part(index, "text_encoder", "kinema", "MiniLmEncoder");
        part(index, "tokenizer", "kinema", "WordPieceTokenizer");
        part(index, "transformer", "diffusers", "CogVideoXTransformer3DModel");
        part(index, "vae", "diffusers", "AutoencoderKLCogVideoX");
        replace(INDEX, index);
    }

    /** Writes into the index which transformer and which VAE belong together; another beside either is refused from then on. */
    void recordDigests() {
        ModelFiles files = ModelFiles.of(folder);
        Placement placement = Placement.resident(ScalarType.Float);
        Path file = folder.resolve(INDEX);
        try (Checkpoint transformer = Checkpoint.open(folder.resolve("transformer"), placement);
                Checkpoint vae = Checkpoint.open(folder.resolve("vae"), placement)) {
            ObjectNode index = (ObjectNode) JSON.readTree(file.toFile());
            JsonNode own = index.path("_kinema");
            ObjectNode kinema = own.isObject() ? (ObjectNode) own : index.putObject("_kinema");
            kinema.putObject(PartDigest.KEY)
                    .put("transformer", PartDigest.ofTransformer(transformer))
                    .put("vae", PartDigest.ofVae(VaeConfig.of(files.vae()), vae));
            replace(INDEX, index);
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }

    private static void part(ObjectNode index, String name, String library, String type) {
        index.putArray(name).add(library).add(type);
    }

    /** Writes a file anew, so that a link to another model's file leaves that as it is. */
    private void replace(String name, Object value) {
        try {
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(folder.resolve(name) + ": cannot be replaced", e);
        }
        json(name, value);
    }

    private void json(String name, Object value) {
        Path file = folder.resolve(name);
        try {
            made(Objects.requireNonNull(file.toAbsolutePath().getParent()));
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
