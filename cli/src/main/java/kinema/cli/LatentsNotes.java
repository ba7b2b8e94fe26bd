package kinema.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is written beside latents, so that they can be decoded without being told how they were made.
 *
 * @param model the name of the model whose autoencoder knows them
 * @param vae that autoencoder's digest
 * @param frames of the video; a model may need latents of more, see {@link LatentsFile#padding}
 * @param fps its frames per second
 * @param scaled whether they are multiplied by the model's factor
 */
record LatentsNotes(String model, String vae, int frames, double fps, boolean scaled) {
    static final String MODEL = "model";
    static final String VAE = "vae";
    static final String FRAMES = "frames";
    static final String FPS = "fps";
    static final String SCALED = "scaled";

    /** The notes as pairs of texts for a file's metadata. */
    Map<String, String> toMap() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put(MODEL, model);
        pairs.put(VAE, vae);
        pairs.put(FRAMES, Integer.toString(frames));
        pairs.put(FPS, Double.toString(fps));
        pairs.put(SCALED, Boolean.toString(scaled));
        return pairs;
    }
}
