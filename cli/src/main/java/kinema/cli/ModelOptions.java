package kinema.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import kinema.Kinema;
import kinema.ModelNote;
import kinema.Provenance;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.video.VideoTarget;
import kinema.weights.LoraFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model makes a video and how it is run, as options. */
final class ModelOptions {
    @Option(
            names = {"-m", "--model"},
            paramLabel = "DIR",
            description = "The checkpoint's folder. Default: the bundled model, models/kinema-tiny.")
    private @Nullable Path model;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            converter = LoraOption.class,
            description = "Add a LoRA to the model, at SCALE times its trained strength. Default: 1. May be repeated.")
    private List<LoraFile> loras = new ArrayList<>();

    @Option(
            names = "--draft-decoder",
            paramLabel = "FILE",
            description =
                    "The draft decoder to preview with, and to make the pictures of drafts, in place of the model's"
                            + " own: a .safetensors or .pth file such as taecvx.safetensors.")
    private @Nullable Path draftDecoder;

    @Mixin
    private QuantOption quant = new QuantOption();

    @Mixin
    private EngineOptions engine = new EngineOptions();

    /**
     * The model's folder.
     *
     * @throws CommandException when there is none
     */
    Path folder() {
        return ModelChoice.folder(model);
    }

    /** As {@link #folder()}, with another default than the bundled model. */
    Path folder(Supplier<String> otherwise) {
        return model == null ? ModelChoice.existing(Path.of(otherwise.get())) : folder();
    }

    /** The LoRAs, in order. */
    List<LoraFile> loras() {
        return loras;
    }

    /** The draft decoder's file, where one is named; else the one of these notes. */
    Optional<Path> draftDecoder(RunNotes notes) {
        return Optional.ofNullable(draftDecoder).or(notes::draftDecoderFile);
    }

    /** Checks what can be checked before anything is opened. */
    void check() {
        if (draftDecoder != null && !Files.isRegularFile(draftDecoder)) {
            throw new IllegalArgumentException("--draft-decoder must name a file, "
                    + (Files.exists(draftDecoder)
                            ? "'" + draftDecoder + "' is a folder"
                            : "there is no '" + draftDecoder + "'")
                    + "; expected a .safetensors or .pth file such as taecvx.safetensors");
        }
        engine.check();
    }

    /** What {@code kinema resume} has to know of how a video was to be made. */
    RunNotes notes(VideoTarget target) {
        return RunNotes.of(target, ModelChoice.path(model), loras).withDraftDecoder(draftDecoder);
    }

    /**
     * Opens a model with these LoRAs; see {@link #open(Path, List, ModelNote)}.
     *
     * @param videos how many are made with it; for more than one its weights stay in memory where they fit
     * @param before what it computed in before, which it does again unless an option says otherwise; null for nothing
     */
    VideoModel open(Path folder, int videos, @Nullable ModelNote before) {
        return open(
                folder,
                Optional.ofNullable(draftDecoder),
                settings(before).withLoras(loras).withKept(videos > 1));
    }

    /**
     * Opens a model for one video; a setting that a network cannot have is the checkpoint's fault here, not the request's.
     *
     * @param before what it computed in before, which it does again unless an option says otherwise; null for nothing
     */
    VideoModel open(Path folder, List<LoraFile> added, @Nullable ModelNote before) {
        return open(folder, added, Optional.ofNullable(draftDecoder), before);
    }

    /** The same with this draft decoder; empty for the model's own. */
    VideoModel open(Path folder, List<LoraFile> added, Optional<Path> decoder, @Nullable ModelNote before) {
        return open(folder, decoder, settings(before).withLoras(added).withKept(false));
    }

    private OpenOptions settings(@Nullable ModelNote before) {
        return before == null
                ? quant.with(engine.settings(null), null)
                : quant.with(engine.settings(before.dtype()), before.quant());
    }

    private VideoModel open(Path folder, Optional<Path> decoder, OpenOptions options) {
        return engine.open(folder, decoder.map(options::withDraftDecoder).orElse(options));
    }

    /**
     * Makes sure that a folder holds the weights something was made with.
     *
     * @param what what was made with them, for the message
     * @throws CommandException naming both digests when it does not
     */
    static void requireWeights(Path folder, Provenance made, String what) {
        String found = Kinema.digest(folder);
        if (!found.equals(made.model().digest())) {
            throw new CommandException(
                    ExitCode.BAD_MODEL,
                    what + " was made with other weights: those of "
                            + made.model().name() + " with the digest "
                            + TerminalText.digest(made.model().digest()) + "; " + folder + " has "
                            + TerminalText.digest(found)
                            + "; name the right model with --model");
        }
    }
}
