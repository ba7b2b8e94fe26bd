package kinema.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import kinema.Outcome;
import kinema.Provenance;
import kinema.diffusion.Estimates;
import kinema.eval.Fidelity;
import kinema.system.CommonSettings;
import kinema.system.VideoSize;

/**
 * What a command says about a video it made.
 *
 * @param order what was to be made
 * @param made its outcome; still open
 * @param seconds per stage, in order
 * @param stepSeconds per denoising step, in order; the first loads what is not in memory yet
 * @param fidelity how near it is to the video of a run without cache; empty where that was not asked for
 */
record GenerationReport(
        VideoOrder order,
        Outcome made,
        Map<String, Double> seconds,
        List<Double> stepSeconds,
        Optional<Fidelity> fidelity) {
    /** One line for people. */
    String summary() {
        Provenance video = made.provenance();
        VideoSize size = video.size();
        return String.format(
                Locale.ROOT,
                "%s: %d frames of %dx%d at %s fps, seed %d, %s%s%s",
                order.target().path(),
                size.frames(),
                size.width(),
                size.height(),
                number(size.fps()),
                video.sampling().seed(),
                ProgressDisplay.time(total()),
                CommonSettings.isDraft(video.sampling().settings()) ? ", a draft" : "",
                made.estimates().map(this::estimates).orElse(""));
    }

    private String estimates(Estimates some) {
        String expected = String.format(
                Locale.ROOT,
                "; %d steps computed, %d estimated, %.1f dB expected",
                some.computed(),
                some.estimated(),
                some.psnr());
        return expected
                + fidelity.map(f -> String.format(
                                Locale.ROOT,
                                ", %.1f dB measured (worst frame %.1f), SSIM %.4f",
                                f.psnr(),
                                f.worstPsnr(),
                                f.ssim()))
                        .orElse("");
    }

    /** One line for programs. */
    String json() {
        return ResultJson.made(this, total());
    }

    private double total() {
        return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Whole numbers without a decimal point. */
    static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
