package kinema.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import kinema.Outcome;
import kinema.Provenance;
import kinema.system.VideoSize;

/**
 * What a command says about a video it made.
 *
 * @param order what was to be made
 * @param made its outcome; still open
 * @param seconds per stage, in order
 * @param stepSeconds per denoising step, in order; the first loads what is not in memory yet
 */
record GenerationReport(VideoOrder order, Outcome made, Map<String, Double> seconds, List<Double> stepSeconds) {
    /** One line for people. */
    String summary() {
        Provenance video = made.provenance();
        VideoSize size = video.size();
        return String.format(
                Locale.ROOT,
                "%s: %d frames of %dx%d at %s fps, seed %d, %s",
                order.target().path(),
                size.frames(),
                size.width(),
                size.height(),
                number(size.fps()),
                video.sampling().seed(),
                ProgressDisplay.time(total()));
    }

    /** One line for programs. */
    String json() {
        return ResultJson.made(order, made, seconds, total(), stepSeconds);
    }

    private double total() {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Whole numbers without a decimal point. */
    static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
