package kinema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.OpenOptions;
import kinema.Outcome;
import kinema.VideoModel;
import kinema.diffusion.SamplingDefaults;
import kinema.video.VideoSpec;
import kinema.video.VideoTarget;
import kinema.weights.LoraFile;
import kinema.weights.SafetensorsWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kinema generate}: a sentence becomes a video file. */
@Command(
        name = "generate",
        description = {"Generates a video from text, and from pictures where the model takes them.", ""},
        sortOptions = false,
        footer = {
            "",
            "The file's name is the only thing printed to standard output; progress goes to standard error.",
            "An existing --out is replaced when the new video is complete; the default name never replaces a file",
            "but takes the next free number.",
            "",
            "Example: kinema generate \"a red rocket rises in the night sky\" --seed 7 --out rocket.mp4"
        })
final class GenerateCommand implements Callable<Integer> {
    /** Any format takes this size and rate: what is checked is the place. */
    private static final VideoSpec ANY = new VideoSpec(64, 64, 8, null);

    private final Console console;

    @Mixin
    private GenerateOptions options = new GenerateOptions();

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "The checkpoint's folder. Default: the bundled model, models/kinema-tiny.")
    private @Nullable Path model;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            converter = LoraOption.class,
            description = "Add a LoRA to the model, so many times as strong as trained. Default: 1. May be repeated.")
    private List<LoraFile> loras = new ArrayList<>();

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description =
                    "Where the video goes: .mp4, .webm, .gif, or a folder for PNG frames when the name ends with /."
                            + " Default: kinema-<seed>.mp4.")
    private @Nullable String out;

    @Option(
            names = "--tensors",
            paramLabel = "FILE",
            description = "Also write token ids, text states, the latents of every step and the video as .safetensors.")
    private @Nullable Path tensors;

    @Option(names = "--threads", paramLabel = "N", description = "Threads for the numerics. Default: one per core.")
    private @Nullable Integer threads;

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        if (threads != null && threads < 1) {
            throw new IllegalArgumentException("--threads must be at least 1, found " + threads);
        }
        GenerationRequest request = options.request(tensors != null);
        VideoTarget target = target(request);
        target.check(requested(request));
        if (tensors != null) {
            TensorFile.check("tensors", tensors);
        }
        Path folder = ModelChoice.folder(model);
        if (threads != null) {
            Kinema.setThreads(threads);
        }
        PrintWriter err = json ? new PrintWriter(Writer.nullWriter()) : console.err();
        err.println("seed " + request.seed());
        request.original().ifPresent(written -> err.println("prompt " + request.prompt()));
        ProgressDisplay progress = new ProgressDisplay(err, console.terminal());
        try {
            run(request, folder, target, progress);
        } finally {
            progress.abandon();
        }
        return ExitCode.OK.number();
    }

    private void run(GenerationRequest request, Path folder, VideoTarget target, ProgressDisplay progress)
            throws IOException {
        progress.phase("load");
        try (VideoModel loaded = open(folder)) {
            loaded.notes().forEach(progress::note);
            target.check(resolved(request, loaded.defaults()));
            try (VideoFileSink file = new VideoFileSink(target);
                    Outcome made = generate(loaded, request, progress, file)) {
                progress.phase("write");
                boolean replaced = file.finish(console.cancellation().requested());
                if (tensors != null) {
                    SafetensorsWriter.write(tensors, made.tensors(), Map.of());
                }
                progress.close();
                report(new GenerationReport(target.path(), tensors, made, progress.seconds()), replaced);
            }
        }
    }

    /** A setting that a network cannot have is the checkpoint's fault here, not the request's. */
    private VideoModel open(Path folder) {
        try {
            return Kinema.open(folder, OpenOptions.DEFAULT.withLoras(loras));
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCode.BAD_MODEL, folder + ": " + e.getMessage(), e);
        }
    }

    private Outcome generate(
            VideoModel loaded, GenerationRequest request, ProgressDisplay progress, VideoFileSink file) {
        try {
            return loaded.generate(request, new ProgressListener(progress, console.cancellation()), file);
        } catch (ArithmeticException e) {
            throw new CommandException(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        }
    }

    private void report(GenerationReport report, boolean replaced) {
        String cut = report.warning();
        if (!cut.isEmpty()) {
            console.err().println("warning: " + cut);
        }
        if (json) {
            console.out().println(report.json());
            return;
        }
        console.err().println((replaced ? "replaced " : "wrote ") + report.summary());
        console.out().println(report.file());
    }

    private VideoTarget target(GenerationRequest request) {
        return VideoTarget.parse(out != null ? out : freeName(request.seed()));
    }

    /** A name the user did not choose must not cost an earlier video. */
    private static String freeName(long seed) {
        String stem = "kinema-" + seed;
        String name = stem + ".mp4";
        for (int i = 2; Files.exists(Path.of(name)); i++) {
            name = String.format(Locale.ROOT, "%s-%d.mp4", stem, i);
        }
        return name;
    }

    /** The video as far as it is known without the model. */
    private static VideoSpec requested(GenerationRequest request) {
        return spec(request, ANY.width(), ANY.height(), ANY.fps());
    }

    private static VideoSpec resolved(GenerationRequest request, SamplingDefaults defaults) {
        return spec(request, defaults.width(), defaults.height(), defaults.fps());
    }

    private static VideoSpec spec(GenerationRequest request, int width, int height, double fps) {
        return new VideoSpec(
                request.width().orElse(width),
                request.height().orElse(height),
                request.fps().orElse(fps),
                null);
    }
}
