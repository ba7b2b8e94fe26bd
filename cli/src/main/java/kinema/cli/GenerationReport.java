package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import kinema.Outcome;
import kinema.Provenance;
import org.jspecify.annotations.Nullable;

/**
 * What {@code kinema generate} says about its result.
 *
 * @param file the video
 * @param tensors the tensors' file, if asked for
 * @param made its outcome; still open
 * @param seconds per phase, in order
 */
record GenerationReport(Path file, @Nullable Path tensors, Outcome made, Map<String, Double> seconds) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One line for people. */
    String summary() {
        Provenance video = made.provenance();
        return String.format(
                Locale.ROOT,
                "%s: %d frames of %dx%d at %s fps, seed %d, %s",
                file,
                video.frames(),
                video.width(),
                video.height(),
                number(video.fps()),
                made.provenance().seed(),
                ProgressDisplay.time(total()));
    }

    /** One line for programs. */
    String json() {
        ObjectNode root = JSON.createObjectNode();
        Provenance video = made.provenance();
        root.put("file", file.toString());
        if (tensors != null) {
            root.put("tensors", tensors.toString());
        }
        root.put("seed", made.provenance().seed());
        root.put("frames", video.frames());
        root.put("width", video.width()).put("height", video.height()).put("fps", video.fps());
        root.put("tokens", made.tokens()).put("cutText", made.cutText());
        ObjectNode times = root.putObject("seconds");
        seconds.forEach(times::put);
        times.put("total", total());
        try {
            root.set("provenance", JSON.readTree(made.provenance().toJson()));
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a provenance writes itself as JSON", e);
        }
    }

    private double total() {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Whole numbers without a decimal point. */
    static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
