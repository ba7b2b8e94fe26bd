package kinema;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is written beside latents, so that they can be decoded without being told how they were made.
 *
 * @param model the name of the model whose autoencoder knows them
 * @param vae that autoencoder's digest
 * @param frames of the video; a model may need latents of more, to fill its last patch
 * @param fps its frames per second
 * @param scaled whether they are multiplied by the model's factor
 */
public record LatentsNotes(String model, String vae, int frames, double fps, boolean scaled) {
    /** The key of {@link #model}. */
    public static final String MODEL = "model";
    /** The key of {@link #vae}. */
    public static final String VAE = "vae";
    /** The key of {@link #frames}. */
    public static final String FRAMES = "frames";
    /** The key of {@link #fps}. */
    public static final String FPS = "fps";
    /** The key of {@link #scaled}. */
    public static final String SCALED = "scaled";

    /** The notes as pairs of texts for a file's metadata. */
    public Map<String, String> toMap() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put(MODEL, model);
        pairs.put(VAE, vae);
        pairs.put(FRAMES, Integer.toString(frames));
        pairs.put(FPS, Double.toString(fps));
        pairs.put(SCALED, Boolean.toString(scaled));
        return pairs;
    }
}
