package kinema.train.cogvideox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.files.CalibrationFile;
import kinema.cogvideox.files.ModelFiles;
import kinema.cogvideox.files.PartDigest;
import kinema.cogvideox.files.SchedulerFile;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.SchedulerType;
import kinema.train.NetworkFolder;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.Parameters;
import kinema.weights.Placement;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes the parts of a model in the published folder layout; weights are stored as float16. */
final class TrainedFolder {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final NetworkFolder parts;

    TrainedFolder(Path folder) {
        this.folder = folder;
        parts = new NetworkFolder(folder);
    }

    /** Makes the folder itself. */
    void make() {
        parts.make();
    }

    /** Writes a network's {@code config.json} and weights into a sub-folder. */
    void network(String name, Map<String, ?> config, Parameters parameters) {
        parts.network(name, config, parameters);
    }

    /** The same for weights in the dtypes they are stored in. */
    void network(String name, Map<String, ?> config, Map<String, Tensor> weights) {
        parts.network(name, config, weights);
    }

    /**
     * Puts parts of another model beside those that are written here.
     *
     * @param names of the parts; all but the transformer, and what was measured with it, when there are none
     */
    void copyOthers(Path from, List<String> names) {
        parts.copy(
                from,
                part -> names.isEmpty()
                        ? !part.equals("transformer") && !CalibrationFile.isOne(Path.of(part))
                        : names.contains(part));
    }

    /** Writes into the index that the model takes so many steps of DDIM, without guidance, unless a request says otherwise. */
    void fewSteps(int steps) {
        ObjectNode index = index();
        own(index).put("steps", steps).put("guidance", 1.0);
        part(index, "scheduler", "diffusers", SchedulerFile.className(SchedulerType.DDIM));
        parts.json(ModelIndex.NAME, index);
    }

    /** Writes {@code scheduler/scheduler_config.json}. */
    void scheduler(ScheduleConfig c) {
        parts.json("scheduler/scheduler_config.json", SchedulerFile.toMap(SchedulerType.DDIM, c));
    }

    /** Writes {@code model_index.json} for a model whose texts MiniLM encodes, with its own defaults. */
    void index(Map<String, ?> defaults) {
        ObjectNode index = JSON.createObjectNode();
        index.put("_class_name", "CogVideoXPipeline");
        index.set(ModelIndex.OWN, JSON.valueToTree(defaults));
        part(index, "scheduler", "diffusers", SchedulerFile.className(SchedulerType.DDIM));
        part(index, "text_encoder", "kinema", "MiniLmEncoder");
        part(index, "tokenizer", "kinema", "WordPieceTokenizer");
        part(index, "transformer", "diffusers", "CogVideoXTransformer3DModel");
        part(index, "vae", "diffusers", "AutoencoderKLCogVideoX");
        parts.json(ModelIndex.NAME, index);
    }

    /** Writes them anew where the index holds any. */
    void renewDigests() {
        Path file = folder.resolve(ModelIndex.NAME);
        if (Files.exists(file)
                && ConfigFile.read(file)
                        .node(ModelIndex.OWN)
                        .path(PartDigest.KEY)
                        .isObject()) {
            recordDigests();
        }
    }

    /** Writes into the index which transformer and which VAE belong together; another beside either is refused from then on. */
    void recordDigests() {
        ModelFiles files = ModelFiles.of(folder);
        Placement placement = Placement.resident(ScalarType.Float);
        try (Checkpoint transformer = Checkpoint.open(folder.resolve("transformer"), placement);
                Checkpoint vae = Checkpoint.open(folder.resolve("vae"), placement)) {
            ObjectNode index = index();
            own(index)
                    .putObject(PartDigest.KEY)
                    .put(PartDigest.TRANSFORMER, PartDigest.ofTransformer(transformer))
                    .put(PartDigest.LATENTS, PartDigest.ofLatents(VaeConfig.of(files.vae()), vae));
            parts.json(ModelIndex.NAME, index);
        }
    }

    private ObjectNode index() {
        Path file = folder.resolve(ModelIndex.NAME);
        try {
            return (ObjectNode) JSON.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be read", e);
        }
    }

    /** What an index says that is Kinema's own. */
    private static ObjectNode own(ObjectNode index) {
        JsonNode own = index.path(ModelIndex.OWN);
        return own.isObject() ? (ObjectNode) own : index.putObject(ModelIndex.OWN);
    }

    private static void part(ObjectNode index, String name, String library, String type) {
        index.putArray(name).add(library).add(type);
    }
}
