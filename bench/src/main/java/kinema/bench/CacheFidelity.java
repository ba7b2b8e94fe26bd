package kinema.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import kinema.FrameCollector;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Outcome;
import kinema.Video;
import kinema.VideoModel;
import kinema.diffusion.Estimates;
import kinema.system.OpenOptions;

/** The measurement behind {@code bench/cache}, which says what is measured. */
public final class CacheFidelity {
    private static final PrintStream OUT = System.out;
    private static final double RANGE = 255;

    /**
     * How near a video came to the one whose steps were all computed.
     *
     * @param psnr of all pixels, in dB
     * @param worstFrame of the frame that is farthest off, in dB
     * @param estimates what was computed and reckoned
     */
    private record Measured(double psnr, double worstFrame, Estimates estimates) {
        double lessExpected() {
            return estimates.estimated() == 0 ? 0 : psnr - estimates.psnr();
        }
    }

    private CacheFidelity() {}

    /**
     * Prints the table.
     *
     * @param args the model's folder, a file with a prompt a line, and the ways, each such as {@code mag:0.06} or {@code
     *     tea:0.4,40}, where the last number is what {@code --min-psnr} takes
     */
    public static void main(String[] args) throws IOException {
        List<String> prompts = Files.readAllLines(Path.of(args[1]));
        List<String> ways = Arrays.asList(args).subList(2, args.length);
        Map<String, List<Measured>> all = new LinkedHashMap<>();
        Kinema.setThreads(1);
        try (VideoModel model = Kinema.open(Path.of(args[0]), OpenOptions.DEFAULT.withKept(true))) {
            for (int i = 0; i < prompts.size(); i++) {
                GenerationRequest plain =
                        GenerationRequest.of(prompts.get(i)).seed(i).build();
                Video whole = model.generate(plain).video();
                for (String way : ways) {
                    all.computeIfAbsent(way, key -> new ArrayList<>()).add(measure(model, plain, way, whole));
                }
            }
        }
        OUT.println("| | steps computed, mean (least to most) | PSNR mean | worst video | worst frame | expected, mean |"
                + " measured less expected: least, mean |");
        OUT.println("|---|---|---|---|---|---|---|");
        all.forEach((way, measured) -> OUT.println(row(way, measured)));
    }

    private static Measured measure(VideoModel model, GenerationRequest plain, String way, Video whole) {
        String[] parts = way.split(",", -1);
        GenerationRequest.Builder request = plain.toBuilder().set("cache", parts[0]);
        if (parts.length > 1) {
            request.set("min-psnr", parts[1]);
        }
        FrameCollector frames = new FrameCollector();
        try (Outcome made = model.generate(request.build(), GenerationListener.NONE, frames)) {
            Video video = frames.video();
            double[] errors = new double[whole.frames().size()];
            for (int i = 0; i < errors.length; i++) {
                errors[i] = meanSquare(whole.frames().get(i), video.frames().get(i));
            }
            return new Measured(
                    psnr(Arrays.stream(errors).average().orElseThrow()),
                    psnr(Arrays.stream(errors).max().orElseThrow()),
                    made.estimates().orElseThrow());
        }
    }

    private static String row(String way, List<Measured> all) {
        return String.format(
                Locale.ROOT,
                "| `%s` | %.1f (%.0f to %.0f) | %.1f | %.1f | %.1f | %.1f | %.1f, %.1f |",
                way.replace(",", "`, `--min-psnr "),
                mean(all, m -> m.estimates().computed()),
                least(all, m -> m.estimates().computed()),
                -least(all, m -> -m.estimates().computed()),
                mean(all, Measured::psnr),
                least(all, Measured::psnr),
                least(all, Measured::worstFrame),
                mean(all, m -> m.estimates().psnr()),
                least(all, Measured::lessExpected),
                mean(all, Measured::lessExpected));
    }

    private static double mean(List<Measured> all, ToDoubleFunction<Measured> value) {
        return all.stream().mapToDouble(value).average().orElseThrow();
    }

    private static double least(List<Measured> all, ToDoubleFunction<Measured> value) {
        return all.stream().mapToDouble(value).min().orElseThrow();
    }

    private static double psnr(double meanSquare) {
        return 10 * Math.log10(RANGE * RANGE / meanSquare);
    }

    private static double meanSquare(byte[] x, byte[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            double difference = Byte.toUnsignedInt(x[i]) - Byte.toUnsignedInt(y[i]);
            sum += difference * difference;
        }
        return sum / x.length;
    }
}
