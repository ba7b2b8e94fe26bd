package kinema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import kinema.FrameCollector;
import kinema.FrameSink;
import kinema.GenerationRequest;
import kinema.Job;
import kinema.LatentsNotes;
import kinema.Outcome;
import kinema.Provenance;
import kinema.SpillException;
import kinema.UnfinishedRun;
import kinema.Video;
import kinema.VideoModel;
import kinema.eval.Fidelity;
import kinema.system.NotFiniteException;
import kinema.tensor.Precision;
import org.jspecify.annotations.Nullable;

/** Makes videos and tells of them, for every command that does; one after another, on one thread. */
final class VideoMaker {
    private final Console console;
    private final boolean json;
    private final PreviewOption preview;
    private final Console shown;
    private final PrintWriter err;
    private ProgressDisplay progress;
    private @Nullable Familiarity familiarity;
    private @Nullable VideoModel verifier;

    /**
     * A maker without videos yet.
     *
     * @param json whether one JSON object is printed for each video, and no progress
     * @param preview where what a video will look like is shown
     */
    VideoMaker(Console console, boolean json, PreviewOption preview) {
        this.console = console;
        this.json = json;
        this.preview = preview;
        this.shown = json ? console.quiet() : console;
        this.err = shown.err();
        this.progress = new ProgressDisplay(err, shown.terminal());
        preview.find(shown.terminal(), System.getenv()).ifPresent(this::warn);
    }

    /** Has {@link #tellUnfamiliar} tell what a model was not made for. */
    void knows(Familiarity ofModel) {
        familiarity = ofModel;
    }

    /** Has videos made with a cache compared with those that this model makes without. */
    void verifyBy(VideoModel model) {
        verifier = model;
    }

    /** Tells what of a video the model was not made for, before it is made. */
    void tellUnfamiliar(VideoOrder order) {
        if (familiarity != null) {
            familiarity.warnings(order.request()).forEach(this::warn);
        }
    }

    /** Opens the model, with progress. */
    VideoModel open(Supplier<VideoModel> opener) {
        progress.stage("load");
        try {
            VideoModel model = opener.get();
            model.notes().forEach(progress::note);
            return model;
        } catch (RuntimeException | Error e) {
            progress.abandon();
            throw e;
        }
    }

    /** Shows a line about what is going on. */
    void note(String text) {
        progress.note(text);
    }

    /** Tells of a video that was not made now; for programs only. */
    void tell(Supplier<String> object) {
        if (json) {
            console.out().println(object.get());
        }
    }

    /** Shows a line that matters to those too who do not follow what is going on. */
    void warn(String text) {
        String line = "warning: " + text;
        if (json) {
            console.err().println(line);
        } else {
            progress.note(line);
        }
    }

    /**
     * Prepares a video.
     *
     * @throws IllegalArgumentException when the model cannot make it
     */
    Job prepare(VideoModel model, VideoOrder order) {
        try {
            return model.prepare(order.request());
        } catch (RuntimeException | Error e) {
            progress.abandon();
            throw e;
        }
    }

    /**
     * Makes a video that is written nowhere.
     *
     * @throws IllegalArgumentException when the model cannot make it
     */
    Video draft(VideoModel model, GenerationRequest request) {
        FrameCollector frames = new FrameCollector();
        try (Outcome unused = run(model.prepare(request), frames)) {
            progress.close();
            return frames.video();
        } catch (RuntimeException | Error e) {
            progress.abandon();
            throw e;
        } finally {
            progress = new ProgressDisplay(err, shown.terminal());
        }
    }

    /**
     * Makes a video and removes what was saved of it while it was unfinished.
     *
     * @throws CommandException when the user ended it and it can be gone on with
     */
    void make(Job job, VideoOrder order) throws IOException {
        try {
            order.check(job.provenance().size());
            progress.note("seed " + order.request().seed());
            job.provenance()
                    .original()
                    .ifPresent(
                            written -> progress.note("prompt " + order.request().prompt()));
            job.begun().ifPresent(run -> goOn(run, job.provenance()));
            write(job, order);
            order.unfinished().ifPresent(this::removeFinished);
        } catch (IOException | RuntimeException | Error e) {
            progress.abandon();
            tellWhatIsSaved(job, order, e);
            throw e;
        } finally {
            progress = new ProgressDisplay(err, shown.terminal());
        }
    }

    /** The video is there: that its saved work stays is no failure. */
    private void removeFinished(Path folder) {
        try {
            UnfinishedRun.delete(folder);
        } catch (UncheckedIOException e) {
            warn(String.valueOf(e.getMessage()));
        }
    }

    private void write(Job job, VideoOrder order) throws IOException {
        FrameCollector kept = new FrameCollector();
        try (VideoFileSink file = new VideoFileSink(order.target());
                Outcome made = run(job, verifier == null ? file : kept.before(file))) {
            progress.stage("write");
            boolean replaced = file.finish(console.cancellation().requested());
            if (order.tensors() != null) {
                Map<String, String> notes =
                        job.latentsNotes().map(LatentsNotes::toMap).orElse(Map.of());
                TensorFile.write(order.tensors(), made.tensors(), notes);
            }
            Optional<Fidelity> fidelity = Optional.ofNullable(verifier).map(model -> verify(model, kept, made, order));
            progress.close();
            report(new GenerationReport(order, made, progress.seconds(), progress.stepSeconds(), fidelity), replaced);
        }
    }

    /** Compares a video with the one of a run whose steps are all computed, in the same tiles. */
    private Fidelity verify(VideoModel model, FrameCollector kept, Outcome made, VideoOrder order) {
        progress.note("making it without cache, to compare");
        GenerationRequest.Builder whole =
                made.provenance().request().unset("cache").unset("calibration").unset("min-psnr");
        order.request().condition().ifPresent(whole::condition);
        FrameCollector computed = new FrameCollector();
        try (Outcome unused = run(model.prepare(whole.build(), true), computed)) {
            return Fidelity.between(computed.video(), kept.video());
        }
    }

    private Outcome run(Job job, FrameSink sink) {
        return job.run(new ProgressListener(progress, console.cancellation(), this::warn, preview), sink);
    }

    private void report(GenerationReport report, boolean replaced) {
        if (json) {
            console.out().println(report.json());
            return;
        }
        console.err().println((replaced ? "replaced " : "wrote ") + report.summary());
        console.out().println(report.order().target().path());
    }

    private void goOn(UnfinishedRun run, Provenance rest) {
        progress.note("going on after step " + run.done() + stage(run) + ", saved in " + run.folder());
        run.provenance().cautions(rest).forEach(this::warn);
    }

    private void tellWhatIsSaved(Job job, VideoOrder order, Throwable e) {
        Path folder = order.unfinished().filter(UnfinishedRun::isSaved).orElse(null);
        if (folder == null || e instanceof SpillException) {
            return;
        }
        String how = "; 'kinema resume " + folder + "' goes on";
        if (e instanceof CancellationException || console.cancellation().requested()) {
            UnfinishedRun run = UnfinishedRun.read(folder);
            throw new CommandException(
                    ExitCode.CANCELLED, "cancelled; " + run.done() + " steps" + stage(run) + " are saved" + how, e);
        }
        console.err()
                .println(
                        onlyDecoding(job, e)
                                ? "the latents are saved" + inFloat32(order, UnfinishedRun.read(folder))
                                : "the work so far is saved" + how);
    }

    /** Whether only the decoding failed, of latents that an autoencoder alone decodes in 32 bits whatever they were made in. */
    private static boolean onlyDecoding(Job job, Throwable e) {
        return e instanceof NotFiniteException cause
                && cause.decoding()
                && job.provenance().model().dtype() != Precision.FP32
                && job.latentsNotes().isPresent();
    }

    private static String inFloat32(VideoOrder order, UnfinishedRun run) {
        String model = RunNotes.of(run).model();
        return "; 'kinema vae decode " + run.samples() + " " + order.target().path()
                + (model == null ? "" : " --model " + model) + "' decodes them in float32";
    }

    private static String stage(UnfinishedRun run) {
        return run.stage().map(stage -> " of " + stage).orElse("");
    }
}
