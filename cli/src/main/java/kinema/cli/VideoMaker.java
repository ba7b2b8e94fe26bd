package kinema.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import kinema.LatentsNotes;
import kinema.Outcome;
import kinema.Provenance;
import kinema.SpillException;
import kinema.UnfinishedRun;
import kinema.VideoModel;
import kinema.weights.SafetensorsWriter;

/** Makes videos and tells of them, for every command that does; one after another, on one thread. */
final class VideoMaker {
    private final Console console;
    private final boolean json;
    private final PrintWriter err;
    private ProgressDisplay progress;

    /**
     * A maker without videos yet.
     *
     * @param json whether each video is told of by one JSON object, without progress
     */
    VideoMaker(Console console, boolean json) {
        this.console = console;
        this.json = json;
        this.err = json ? new PrintWriter(Writer.nullWriter()) : console.err();
        this.progress = new ProgressDisplay(err, console.terminal());
    }

    /** Opens the model, with progress. */
    VideoModel open(Supplier<VideoModel> opener) {
        progress.phase("load");
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
     * Makes a video and removes what was kept of it while it was unfinished.
     *
     * @throws CommandException when the user ended it and it can be gone on with
     */
    void make(VideoModel model, VideoOrder order) throws IOException {
        try {
            order.check(model.size());
            progress.note("seed " + order.request().seed());
            order.request()
                    .original()
                    .ifPresent(
                            written -> progress.note("prompt " + order.request().prompt()));
            order.unfinished()
                    .filter(UnfinishedRun::isAt)
                    .map(UnfinishedRun::read)
                    .ifPresent(run -> goOn(run, model.provenance(order.request())));
            write(model, order);
            order.unfinished().ifPresent(UnfinishedRun::delete);
        } catch (IOException | RuntimeException | Error e) {
            progress.abandon();
            tellWhatIsKept(order, e);
            throw e;
        } finally {
            progress = new ProgressDisplay(err, console.terminal());
        }
    }

    private void write(VideoModel model, VideoOrder order) throws IOException {
        try (VideoFileSink file = new VideoFileSink(order.target());
                Outcome made = generate(model, order, file)) {
            progress.phase("write");
            boolean replaced = file.finish(console.cancellation().requested());
            if (order.tensors() != null) {
                SafetensorsWriter.write(order.tensors(), made.tensors(), notes(model, made.provenance()));
            }
            progress.close();
            report(new GenerationReport(order, made, progress.seconds(), progress.stepSeconds()), replaced);
        }
    }

    private static Map<String, String> notes(VideoModel model, Provenance made) {
        return model.vaeDigest()
                .map(vae -> new LatentsNotes(model.name(), vae, made.frames(), made.fps(), true).toMap())
                .orElse(Map.of());
    }

    private Outcome generate(VideoModel model, VideoOrder order, VideoFileSink file) {
        try {
            return model.generate(
                    order.request(), new ProgressListener(progress, console.cancellation(), this::warn), file);
        } catch (ArithmeticException e) {
            throw new CommandException(ExitCode.FAILURE, String.valueOf(e.getMessage()), e);
        }
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
        progress.note("going on after step " + run.done() + ", kept in " + run.folder());
        run.provenance().cautions(rest).forEach(this::warn);
    }

    private void tellWhatIsKept(VideoOrder order, Throwable e) {
        Path folder = order.unfinished().filter(UnfinishedRun::isKept).orElse(null);
        if (folder == null || e instanceof SpillException) {
            return;
        }
        String how = "; 'kinema resume " + folder + "' goes on";
        if (e instanceof CancellationException || console.cancellation().requested()) {
            int done = UnfinishedRun.read(folder).done();
            throw new CommandException(ExitCode.CANCELLED, "cancelled; " + done + " steps are kept" + how, e);
        }
        console.err().println("the work so far is kept" + how);
    }
}
