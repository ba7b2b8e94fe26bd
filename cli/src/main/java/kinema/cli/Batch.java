package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import kinema.ModelNote;
import kinema.ModelRules;
import kinema.Provenance;
import kinema.SpillException;
import kinema.VideoModel;
import kinema.video.VideoFileException;
import kinema.video.VideoInfo;
import kinema.weights.WeightsException;
import org.jspecify.annotations.Nullable;

/**
 * The videos of a file of prompts, one after another. A video that is there already, made of the same request, is passed
 * over, so that a batch which was interrupted goes on when it is started again. One that fails does not stop the others.
 */
final class Batch {
    /** Makes the order of a line. */
    interface Orders {
        /**
         * The line's video.
         *
         * @param asWritten whether its prompt stays as it is, though it is to be rewritten when the video is made
         */
        VideoOrder of(PromptLine line, boolean asWritten);
    }

    private final Path file;
    private final List<PromptLine> lines;
    private final Orders orders;
    private final Console console;
    private @Nullable ModelNote begunWith;
    private @Nullable ModelNote finishedWith;
    private int made;
    private int finishedBefore;
    private int failed;
    private ExitCode result = ExitCode.OK;

    /**
     * A batch that has not begun.
     *
     * @param orders asked more than once for a line, so that only one line's pictures are in memory
     */
    Batch(Path file, List<PromptLine> lines, Orders orders, Console console) {
        this.file = file;
        this.lines = lines;
        this.orders = orders;
        this.console = console;
    }

    /**
     * Checks all lines, as far as the model's configs tell.
     *
     * @throws CommandException naming the first line that cannot work
     */
    void check(ModelRules rules) {
        Map<Path, Integer> outputs = new HashMap<>();
        for (PromptLine line : lines) {
            try {
                VideoOrder order = orders.of(line, true);
                order.check();
                order.check(rules);
                Path output = order.target().path();
                Integer other = outputs.put(output.toAbsolutePath().normalize(), line.number());
                if (other != null) {
                    throw new IllegalArgumentException("the output " + output + " is that of line " + other
                            + " too; give each line its own, such as clip-{line}.mp4");
                }
                lookFor(order);
            } catch (IllegalArgumentException
                    | CommandException
                    | VideoFileException
                    | SpillException
                    | WeightsException e) {
                ExitCode code = Errors.code(e);
                throw new CommandException(
                        code == ExitCode.USAGE ? ExitCode.BAD_INPUT : code, where(line) + complaint(e), e);
            }
        }
    }

    /**
     * What a video of this batch was begun with, else the first that is finished, as {@link #check} found them; null where none is. A batch that goes on
     * computes in what that did.
     *
     * @param fresh whether what was begun does not count
     */
    @Nullable
    ModelNote before(boolean fresh) {
        return fresh || begunWith == null ? finishedWith : begunWith;
    }

    private void lookFor(VideoOrder order) {
        if (begunWith == null) {
            begunWith = order.begunWith().orElse(null);
        }
        if (finishedWith == null) {
            finishedWith = earlier(order.target().path()).map(Provenance::model).orElse(null);
        }
    }

    /**
     * Makes what is not made yet, and says at the end how much that was.
     *
     * @param before given each order before it is looked at
     * @return how the first failure would end a command; {@link ExitCode#OK} when there was none
     */
    ExitCode run(VideoModel model, VideoMaker maker, Consumer<VideoOrder> before) {
        for (PromptLine line : lines) {
            try {
                make(line, model, maker, before);
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                if (e instanceof CancellationException || console.cancellation().requested()) {
                    throw cancelled(e);
                }
                fail(line, e, maker);
            }
        }
        maker.note(lines.size() + " videos: " + made + " made, " + finishedBefore + " finished before, " + failed
                + " failed");
        return result;
    }

    private void fail(PromptLine line, Throwable e, VideoMaker maker) {
        failed++;
        ExitCode code = Errors.code(e);
        result = result == ExitCode.OK ? code : result;
        Errors.print(console.err(), where(line) + complaint(e));
        maker.tell(() -> ResultJson.failed(line.number(), complaint(e), code));
    }

    private void make(PromptLine line, VideoModel model, VideoMaker maker, Consumer<VideoOrder> before)
            throws IOException {
        VideoOrder written = orders.of(line, true);
        before.accept(written);
        Optional<Provenance> found = finished(written, model);
        if (found.isPresent()) {
            finishedBefore++;
            maker.note(where(line) + written.target().path() + " is finished");
            maker.tell(() -> ResultJson.finished(written, found.get()));
            return;
        }
        VideoOrder order = orders.of(line, false);
        maker.note(where(line) + order.request().prompt());
        maker.tellUnfamiliar(order);
        maker.make(maker.prepare(model, order), order);
        made++;
    }

    private static Optional<Provenance> finished(VideoOrder order, VideoModel model) {
        return earlier(order.target().path())
                .filter(found -> model.prepare(order.request())
                        .difference(found.asWritten())
                        .isEmpty());
    }

    /** What is there already; nothing where that is not one of ours, or of another version, and so made anew. */
    private static Optional<Provenance> earlier(Path path) {
        try {
            return Optional.ofNullable(VideoInfo.probe(path).provenance()).map(Provenance::parse);
        } catch (VideoFileException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static RuntimeException cancelled(Throwable e) {
        return e instanceof CommandException known ? known : new CancellationException("the batch was cancelled");
    }

    private static String complaint(Throwable e) {
        return Errors.inKeys(e);
    }

    private String where(PromptLine line) {
        return file + ":" + line.number() + ": ";
    }
}
