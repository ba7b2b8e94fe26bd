package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import kinema.GenerationRequest;
import kinema.Job;
import kinema.Kinema;
import kinema.PictureCondition;
import kinema.PictureNote;
import kinema.Provenance;
import kinema.VideoModel;
import kinema.video.VideoFileException;
import kinema.video.VideoInfo;
import kinema.video.VideoTarget;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code kinema replay}: a video is made again from what its file says of how it was made. */
@Command(
        name = "replay",
        description = {"Makes a video again from what its file says of how it was made.", ""},
        sortOptions = false,
        footer = {
            "",
            "The weights, LoRAs and pictures must be those the video was made with; their digests are compared.",
            "",
            "Example: kinema replay rocket.mp4 --out again.mp4"
        })
final class ReplayCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(index = "0", paramLabel = "FILE|DIR", description = "A video, or folder of frames, that Kinema made.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "Where the new video goes. Default: beside FILE, with -replay in its name.")
    private @Nullable String out;

    @Option(
            names = "--pictures",
            paramLabel = "FILE|DIR",
            description = "The image or video that FILE was made from, if it was.")
    private @Nullable Path pictures;

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SpillOptions spill = new SpillOptions();

    @Mixin
    private PreviewOption preview = new PreviewOption();

    @Option(names = "--json", description = "Print one JSON object about the result, and no progress.")
    private boolean json;

    ReplayCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException {
        model.check();
        preview.check();
        spill.check();
        Provenance made = provenance();
        GenerationRequest.Builder request = made.request();
        Optional<PictureNote> note = made.pictures();
        if (note.isPresent()) {
            request.condition(condition(note.get(), made));
        } else if (pictures != null) {
            throw new IllegalArgumentException(file + " was made from text alone; leave --pictures out");
        }
        VideoTarget target = VideoTarget.parse(out != null ? out : freeName());
        Path checkpoint = model.folder();
        spill.of(target, model.notes(target)).ifPresent(request::spill);
        VideoOrder order = new VideoOrder(request.build(), target, null, null);
        order.check();
        ModelOptions.requireWeights(checkpoint, made, file.toString());
        VideoMaker maker = new VideoMaker(console, json, preview);
        try (VideoModel loaded = maker.open(() -> model.open(checkpoint, model.loras(), made.model()))) {
            Job job = prepare(maker, loaded, order);
            requireSame(made, job);
            made.cautions(job.provenance()).forEach(maker::warn);
            maker.make(job, order);
        }
        return ExitCode.OK.number();
    }

    /** What a model cannot make is the file's fault: it says what is asked for. */
    private Job prepare(VideoMaker maker, VideoModel loaded, VideoOrder order) {
        try {
            return maker.prepare(loaded, order);
        } catch (IllegalArgumentException e) {
            throw bad(file + " cannot be made again: " + Errors.text(e), e);
        }
    }

    private Provenance provenance() {
        try {
            String text = VideoInfo.probe(file).provenance();
            if (text == null) {
                throw bad(
                        file + " does not say how it was made; only what Kinema wrote, unchanged, can be replayed",
                        null);
            }
            return Provenance.parse(text);
        } catch (VideoFileException e) {
            throw bad(String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw bad(file + " does not say how Kinema made it: " + e.getMessage(), e);
        }
    }

    private PictureCondition condition(PictureNote note, Provenance made) {
        if (pictures == null) {
            throw new IllegalArgumentException(file + " was made from pictures (" + note.type() + ", digest "
                    + TerminalText.digest(note.digest()) + "), which it does not hold; give them with --pictures");
        }
        PictureCondition condition =
                PictureOptions.read(note, pictures, Kinema.rules(model.folder()).pictures(made));
        String found = PictureNote.of(condition).digest();
        if (!found.equals(note.digest())) {
            throw bad(
                    pictures + " is not what " + file + " was made from: expected pictures with the digest "
                            + TerminalText.digest(note.digest()) + ", found " + TerminalText.digest(found),
                    null);
        }
        return condition;
    }

    /** What is left to differ, once the weights and pictures are the same, are the LoRAs and the draft decoder. */
    private void requireSame(Provenance made, Job again) {
        again.difference(made).ifPresent(difference -> {
            throw bad(
                    file + " cannot be made again so: " + difference
                            + (made.model()
                                            .loras()
                                            .equals(again.provenance().model().loras())
                                    ? ""
                                    : "; give the same --lora options")
                            + (made.model()
                                            .draftDecoder()
                                            .equals(again.provenance().model().draftDecoder())
                                    ? ""
                                    : "; give the same --draft-decoder"),
                    null);
        });
    }

    private String freeName() {
        Path source = file.toAbsolutePath().normalize();
        String name = String.valueOf(source.getFileName());
        boolean folder = Files.isDirectory(source);
        int dot = folder ? name.length() : name.lastIndexOf('.');
        if (dot < 0) {
            throw new IllegalArgumentException(
                    file + " has no ending that says what to write; name the new video with --out");
        }
        Path free = FreeName.in(source.resolveSibling(""), name.substring(0, dot) + "-replay", name.substring(dot));
        return free + (folder ? "/" : "");
    }

    private static CommandException bad(String message, @Nullable Throwable cause) {
        return new CommandException(ExitCode.BAD_INPUT, message, cause);
    }
}
