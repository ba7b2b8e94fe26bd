package kinema.train.cogvideox;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.ScheduleConfig;
import kinema.diffusion.SchedulerType;
import kinema.tensor.Scopes;
import kinema.weights.Parameters;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Writes the parts of a model in the published folder layout; weights are stored as float16. */
final class TrainedFolder {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final Path folder;

    TrainedFolder(Path folder) {
        this.folder = folder;
    }

    /** Writes a network's {@code config.json} and weights into a sub-folder. */
    void network(String name, Map<String, ?> config, Parameters parameters) {
        json(name + "/config.json", config);
        Path file = folder.resolve(name).resolve("diffusion_pytorch_model.safetensors");
        Scopes.run(() -> {
            Tensor half = parameters.values().to(ScalarType.Half);
            try {
                SafetensorsWriter.write(file, parameters.parts(half), Map.of("format", "pt"));
            } catch (IOException e) {
                throw new UncheckedIOException(file + ": cannot be written", e);
            }
        });
    }

    /** Copies a network's files from another model folder. */
    void copy(String name, Path from) {
        for (String file : new String[] {"config.json", "diffusion_pytorch_model.safetensors"}) {
            Path target = folder.resolve(name).resolve(file);
            try {
                Files.createDirectories(target.getParent());
                Files.write(target, Files.readAllBytes(from.resolve(name).resolve(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(target + ": cannot be copied from " + from, e);
            }
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
        index.putPOJO("_kinema", defaults);
        part(index, "scheduler", "diffusers", SchedulerFile.className(SchedulerType.DDIM));
        part(index, "text_encoder", "kinema", "MiniLmEncoder");
        part(index, "tokenizer", "kinema", "WordPieceTokenizer");
        part(index, "transformer", "diffusers", "CogVideoXTransformer3DModel");
        part(index, "vae", "diffusers", "AutoencoderKLCogVideoX");
        json("model_index.json", index);
    }

    private static void part(ObjectNode index, String name, String library, String type) {
        index.putArray(name).add(library).add(type);
    }

    private void json(String name, Object value) {
        Path file = folder.resolve(name);
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, JSON.writeValueAsString(value) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": cannot be written", e);
        }
    }
}
