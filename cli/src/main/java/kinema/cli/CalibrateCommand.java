package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.PictureCondition;
import kinema.VideoModel;
import kinema.diffusion.SchedulerType;
import kinema.system.Stage;
import kinema.tensor.Precision;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema calibrate}: measures what {@code --cache mag} and {@code --cache tea} go by. */
@Command(
        name = "calibrate",
        description = {"Measures how a model's steps differ from one to the next, for --cache mag and tea.", ""},
        sortOptions = false,
        footer = {
            "",
            "Takes all steps of a video, or of several, without decoding it, and writes calibration-ddim.json,",
            "or -dpm.json, into the model's folder; its name is the only thing printed to standard output.",
            "One prompt is enough, as MagCache's authors found. --cache tea needs it only for models that are",
            "none of CogVideoX-2b, 5b and 1.5. A file that is there is replaced; videos that went by it cannot be",
            "made again without it.",
            "",
            "Example: kinema calibrate ~/models/CogVideoX-2b --size 480x320 --frames 17"
        })
final class CalibrateCommand implements Callable<Integer> {
    private static final String PROMPT = "a cat jumps";

    private final Console console;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "MODEL",
            description = "The checkpoint's folder. Default: the bundled model.")
    private @Nullable Path folder;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "What to measure with. May be repeated. Default: \"" + PROMPT + "\".")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "The picture the videos start with, PNG or JPEG; for image-to-video models.")
    private @Nullable Path image;

    @Option(
            names = "--scheduler",
            paramLabel = "ddim|dpm",
            description = "The sampler to measure with. Default: the one the model's folder names.")
    private @Nullable SchedulerType scheduler;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps. Default: the model's.")
    private @Nullable Integer steps;

    @Option(names = "--frames", paramLabel = "N", description = "Frames of video. Default: the model's.")
    private @Nullable Integer frames;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            converter = FrameSize.Converter.class,
            description = "Width and height in pixels, such as 720x480. Default: the model's.")
    private @Nullable FrameSize size;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of the first prompt's video; others have those that follow it. Default: 0.")
    private long seed;

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    CalibrateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        engine.check();
        Path model = ModelChoice.folder(folder);
        List<GenerationRequest> requests = requests();
        Console shown = json ? console.quiet() : console;
        ProgressDisplay progress = new ProgressDisplay(shown.err(), shown.terminal());
        Path written;
        progress.stage("load");
        try (VideoModel opened =
                engine.open(model, engine.settings(Precision.FP32).withKept(requests.size() > 1))) {
            written = opened.calibrate(requests, new Watcher(progress));
            progress.close();
        } finally {
            progress.abandon();
        }
        shown.err().println("wrote " + written);
        console.out().println(json ? ResultJson.file(written, Map.of()) : written);
        return ExitCode.OK.number();
    }

    private List<GenerationRequest> requests() {
        List<GenerationRequest> requests = new ArrayList<>();
        for (String prompt : prompts.isEmpty() ? List.of(PROMPT) : prompts) {
            GenerationRequest.Builder request = GenerationRequest.of(prompt).seed(seed + requests.size());
            if (scheduler != null) {
                request.scheduler(scheduler);
            }
            if (steps != null) {
                request.steps(steps);
            }
            if (frames != null) {
                request.frames(frames);
            }
            if (size != null) {
                request.size(size.width(), size.height());
            }
            if (image != null) {
                request.condition(PictureCondition.of(image));
            }
            requests.add(request.build());
        }
        return requests;
    }

    /** Shows stages and steps, and passes on the user's wish to stop. */
    private final class Watcher implements GenerationListener {
        private final ProgressDisplay progress;

        private Watcher(ProgressDisplay progress) {
            this.progress = progress;
        }

        @Override
        public void stage(Stage stage, int number, int count) {
            progress.stage(stage.name());
        }

        @Override
        public void step(int done, int total) {
            progress.step(done, total);
        }

        @Override
        public boolean cancelled() {
            return console.cancellation().requested();
        }
    }
}
