package kinema.cogvideox.files;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.cogvideox.vae.VaeConfig;
import kinema.weights.Checkpoint;
import kinema.weights.ConfigFile;
import kinema.weights.ModelIndex;
import kinema.weights.StoredTensor;
import kinema.weights.TensorDigest;
import kinema.weights.WeightsException;

/**
 * Which transformer and latents were trained for one another. Models that are trained here write both digests into the object
 * {@code _kinema} of their index; a network that was replaced without the other is refused, as it would make coloured noise.
 */
public final class PartDigest {
    /** The object's key in {@code _kinema}. */
    public static final String KEY = "digests";

    /** The key of {@link #ofTransformer} in it. */
    public static final String TRANSFORMER = "transformer";

    /** The key of {@link #ofLatents} in it. */
    public static final String LATENTS = "latents";

    private static final String WHOLE_VAE =
            "vae"; // what models say that were trained before decoders could be trained alone

    private PartDigest() {}

    /** The digest of a transformer. */
    public static String ofTransformer(Checkpoint transformer) {
        return TensorDigest.of("transformer", transformer.tensors());
    }

    /** The digest of what latents depend on: a VAE's encoder and its scaling factor. The decoder may be trained further. */
    public static String ofLatents(VaeConfig config, Checkpoint vae) {
        return ofVae(config, vae, false);
    }

    private static String ofVae(VaeConfig config, Checkpoint vae, boolean whole) {
        Map<String, StoredTensor> some = new LinkedHashMap<>();
        vae.tensors().forEach((key, tensor) -> {
            if (whole || isOfEncoder(key)) {
                some.put(key, tensor);
            }
        });
        return TensorDigest.of("scaling_factor " + config.scalingFactor(), some);
    }

    /** Whether a tensor of a VAE is its encoder's. */
    public static boolean isOfEncoder(String key) {
        return key.startsWith("encoder.");
    }

    /**
     * Makes sure that a part is the one the model was trained with, where its index says so.
     *
     * @throws WeightsException when it is another
     */
    static void check(Path folder, String part, Checkpoint opened) {
        Path file = folder.resolve(ModelIndex.NAME);
        if (!Files.exists(file)) {
            return;
        }
        boolean vae = part.equals("vae");
        JsonNode all = ConfigFile.read(file).node(ModelIndex.OWN).path(KEY);
        boolean whole = vae && all.path(LATENTS).isMissingNode();
        JsonNode recorded = all.path(vae ? (whole ? WHOLE_VAE : LATENTS) : TRANSFORMER);
        if (recorded.isMissingNode()) {
            return;
        }
        String found =
                vae ? ofVae(VaeConfig.read(folder.resolve("vae/config.json")), opened, whole) : ofTransformer(opened);
        if (!found.equals(recorded.asText())) {
            throw new WeightsException(folder + ": " + part + "/ is not the one this model was trained with (digest "
                    + found.substring(0, 12) + ", " + file.getFileName() + " says "
                    + recorded.asText()
                            .substring(0, Math.min(12, recorded.asText().length()))
                    + "); transformer and VAE belong together: put the old one back, or train the other on it");
        }
    }
}
