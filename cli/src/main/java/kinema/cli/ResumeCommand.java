package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import kinema.GenerationRequest;
import kinema.Spill;
import kinema.UnfinishedRun;
import kinema.VideoModel;
import kinema.memory.Tile;
import kinema.video.VideoTarget;
import kinema.weights.LoraFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kinema resume}: a generation that was interrupted goes on. */
@Command(
        name = "resume",
        description = {"Continues an interrupted generation from the last step that was saved.", ""},
        sortOptions = false,
        footer = {
            "",
            "The video has the same bytes as one made in one go. The folder is removed when it is written.",
            "Model, LoRAs and draft decoder need to be named only when they are not where they were.",
            "",
            "Examples:",
            "  kinema resume rocket.mp4.kinema",
            "  kinema resume rocket.mp4.kinema --tile 256x256 --out rocket.webm"
        })
final class ResumeCommand implements Callable<Integer> {
    private static final String TILE = "--tile";

    private final Console console;

    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "The folder the interrupted generation left, such as rocket.mp4.kinema.")
    private Path folder = Path.of("");

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Where the video goes, in this format. Default: where it was to go.")
    private @Nullable String out;

    @Option(
            names = TILE,
            paramLabel = "WxH|auto|off",
            converter = TileOption.class,
            description = "Decode in tiles of this size in pixels; auto only where pictures do not fit whole."
                    + " Default: as was asked for.")
    private @Nullable Tile tile;

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "Frames per second of the file. Default: as was asked for.")
    private @Nullable Double fps;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private PreviewOption preview = new PreviewOption();

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    @Spec
    private @Nullable CommandSpec spec;

    ResumeCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        model.check();
        preview.check();
        UnfinishedRun run = UnfinishedRun.read(folder);
        RunNotes notes = RunNotes.of(run);
        VideoTarget target = VideoTarget.parse(out != null ? out : noted(notes.out(), "out"));
        Path checkpoint = model.folder(() -> noted(notes.model(), "model"));
        List<LoraFile> loras = model.loras().isEmpty() ? notes.loraFiles() : model.loras();
        Optional<Path> drafts = model.draftDecoder(notes);
        Spill spill = Spill.into(folder)
                .withNotes(RunNotes.of(target, checkpoint, loras)
                        .withDraftDecoder(drafts.orElse(null))
                        .withRewriter(notes.rewriter())
                        .toMap());
        VideoOrder order = new VideoOrder(asked(() -> request(run).spill(spill).build()), target, null, null);
        order.check();
        ModelOptions.requireWeights(checkpoint, run.provenance(), folder.toString());
        VideoMaker maker = new VideoMaker(console, json, preview);
        try (VideoModel loaded = maker.open(
                () -> model.open(checkpoint, loras, drafts, run.provenance().model()))) {
            maker.make(asked(() -> maker.prepare(loaded, order)), order);
        }
        return ExitCode.OK.number();
    }

    /** What cannot be made is the folder's fault where no option changes what it asks for. */
    private <T> T asked(Supplier<T> made) {
        try {
            return made.get();
        } catch (IllegalArgumentException e) {
            if (tile != null || fps != null) {
                throw e;
            }
            throw new CommandException(ExitCode.BAD_INPUT, folder + ": its request.json: " + e.getMessage(), e);
        }
    }

    /** What a run that another program kept need not say, so that the user must. */
    private String noted(@Nullable String note, String name) {
        if (note == null || note.isBlank()) {
            throw new CommandException(
                    ExitCode.BAD_INPUT,
                    folder + ": its request.json lacks the note '" + name + "'; give it with --" + name);
        }
        return note;
    }

    private GenerationRequest.Builder request(UnfinishedRun run) {
        GenerationRequest.Builder request = run.provenance().request();
        if (tile != null) {
            request.tile(tile);
        } else if (Objects.requireNonNull(spec).commandLine().getParseResult().hasMatchedOption(TILE)) {
            request.tileThatFits();
        }
        if (fps != null) {
            request.fps(fps);
        }
        return request;
    }
}
