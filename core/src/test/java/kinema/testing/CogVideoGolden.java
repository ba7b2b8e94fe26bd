package kinema.testing;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import kinema.cogvideo.image.ImageConfig;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.Placement;
import kinema.weights.Safetensors;
import kinema.weights.StoredTensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * CogVideo's golden cases: what the authors' classes make of small random checkpoints. {@code -Dkinema.golden.cogvideo=DIR}
 * takes those of another folder, and the project's own where that has no such case.
 */
public final class CogVideoGolden {
    private static final String PROPERTY = "kinema.golden.cogvideo";

    private CogVideoGolden() {}

    /** The folder of a case. */
    public static Path folder(String name) {
        String other = System.getProperty(PROPERTY, "");
        Path given = Path.of(other).resolve(name);
        return other.isEmpty() || !Files.exists(given) ? Golden.file("cogvideo/" + name) : Golden.written(given);
    }

    /** What a case's {@code request.json} says. */
    public static JsonNode request(String name) {
        try {
            return new ObjectMapper().readTree(Files.readString(folder(name).resolve("request.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a case's {@code request.json} has of {@code model_config.json}. */
    public static ConfigFile model(JsonNode request) {
        return ConfigFile.of(
                Path.of("request.json"),
                new ObjectMapper().convertValue(request.get("model"), new TypeReference<>() {}));
    }

    /** The expected numbers of a case. */
    public static Safetensors data(String name) {
        return Safetensors.open(folder(name).resolve("data.safetensors"));
    }

    /** The weights of a case below one of the authors' prefixes, such as {@code transformer}, in float32. */
    public static Checkpoint weights(String name, String prefix) {
        return Checkpoint.open(
                folder(name).resolve("model.safetensors"), Placement.resident(ScalarType.Float), below(prefix));
    }

    /** The weights of an image autoencoder, in float32. */
    public static Checkpoint autoencoder(String name) {
        return Checkpoint.open(
                folder(name).resolve("model.safetensors"),
                Placement.resident(ScalarType.Float),
                ImageConfig::withoutStatistics);
    }

    private static UnaryOperator<Map<String, StoredTensor>> below(String prefix) {
        return all -> {
            Map<String, StoredTensor> some = new LinkedHashMap<>();
            all.forEach((key, tensor) -> {
                if (key.startsWith(prefix + ".")) {
                    some.put(key.substring(prefix.length() + 1), tensor);
                }
            });
            return some;
        };
    }
}
