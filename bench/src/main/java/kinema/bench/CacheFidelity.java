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
import kinema.eval.Fidelity;
import kinema.system.OpenOptions;

/** The measurement behind {@code bench/cache}, which says what is measured. */
public final class CacheFidelity {
    private static final PrintStream OUT = System.out;

    /**
     * How near a video came to the one whose steps were all computed.
     *
     * @param fidelity measured
     * @param estimates what was computed and reckoned
     */
    private record Measured(Fidelity fidelity, Estimates estimates) {
        double lessExpected() {
            return estimates.estimated() == 0 ? 0 : fidelity.psnr() - estimates.psnr();
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
            return new Measured(
                    Fidelity.between(whole, frames.video()), made.estimates().orElseThrow());
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
                mean(all, m -> m.fidelity().psnr()),
                least(all, m -> m.fidelity().psnr()),
                least(all, m -> m.fidelity().worstPsnr()),
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
}
