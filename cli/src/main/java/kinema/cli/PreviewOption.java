package kinema.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import kinema.Video;
import kinema.files.FileFailure;
import kinema.files.OutputPlace;
import kinema.files.Partial;
import kinema.video.Picture;
import kinema.video.VideoFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A picture of what a video will look like, in a file or the terminal, renewed at each step, for every command that makes videos. */
final class PreviewOption {
    private static final String ENDING = ".png";

    /** A point of a preview stands for about as many pixels of the video, each way. */
    private static final int LARGEST_SCALE = 8;

    private static final int WIDTH = 1280; // of the picture, about
    private static final int ROWS = 12; // of a terminal

    @Option(
            names = "--preview",
            paramLabel = "FILE",
            description = "Write a .png picture of what the video will look like, renewed at each step.")
    private @Nullable Path file;

    @Option(
            names = "--inline",
            description =
                    "Show what the video will look like in the terminal, renewed at each step: in kitty, Ghostty, iTerm2"
                            + " and WezTerm.")
    private boolean inline;

    private final TerminalSize terminal = new TerminalSize();
    private Optional<InlinePictures> way = Optional.empty();
    private boolean failed;

    /**
     * Refuses what is no place for a picture.
     *
     * @throws IllegalArgumentException for another ending
     * @throws kinema.files.PlaceException when nothing can be written there
     */
    void check() {
        if (file == null) {
            return;
        }
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(ENDING)) {
            throw new IllegalArgumentException("--preview writes " + ENDING + " pictures, found '" + file + "'");
        }
        OutputPlace.tryOut(file);
    }

    /**
     * Finds out how the terminal shows pictures, where that is asked for.
     *
     * @param isTerminal whether there is one
     * @param environment of this process, which tells of it
     * @return what the user should know, where it cannot
     */
    Optional<String> find(boolean isTerminal, Map<String, String> environment) {
        way = inline && isTerminal ? InlinePictures.of(environment) : Optional.empty();
        return inline && isTerminal && way.isEmpty()
                ? Optional.of("this terminal is none that is known to show pictures; --preview FILE writes them")
                : Optional.empty();
    }

    /** Whether one is asked for, and could be shown so far. */
    boolean isWanted() {
        return (file != null && !failed) || way.isPresent();
    }

    /** Shows the pictures in the terminal, where that is asked for and it can. */
    void show(Video preview, ProgressDisplay progress) {
        int rows = Math.min(ROWS, terminal.rows() - 2);
        if (rows > 0) {
            way.ifPresent(how -> progress.picture(how, picture(preview).png(), rows));
        }
    }

    /**
     * Writes the picture anew: frames from left to right, row after row.
     *
     * @param warnings told when it cannot be written, which ends no run; then no other is tried
     */
    void show(Video preview, Consumer<String> warnings) {
        Path to = file;
        if (to == null || failed) {
            return;
        }
        try {
            OutputPlace.makeFolders(to);
            Path whole = to.toAbsolutePath().normalize();
            Path partial = Partial.in(whole.resolveSibling("."), whole);
            try {
                picture(preview).writePng(partial);
                Files.move(partial, whole, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            fail(to, FileFailure.writing(e), warnings);
        } catch (VideoFileException | IllegalArgumentException e) {
            fail(to, String.valueOf(e.getMessage()), warnings);
        }
    }

    private void fail(Path to, String why, Consumer<String> warnings) {
        failed = true;
        warnings.accept("the preview cannot be written to " + to + " (" + why + "); the run goes on without");
    }

    /** The frames side by side, each point as a square; of large frames some of the points. */
    static Picture picture(Video whole) {
        int columns = (int) Math.ceil(Math.sqrt(whole.frames().size()));
        Video preview = thinned(whole, (columns * whole.width() + WIDTH - 1) / WIDTH);
        List<byte[]> frames = preview.frames();
        int rows = (frames.size() + columns - 1) / columns;
        int scale = Math.max(1, Math.min(LARGEST_SCALE, WIDTH / (columns * preview.width())));
        int width = columns * preview.width() * scale;
        int height = rows * preview.height() * scale;
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int column = x / scale / preview.width();
                int row = y / scale / preview.height();
                int frame = row * columns + column;
                if (frame < frames.size()) {
                    int point = y / scale % preview.height() * preview.width() + x / scale % preview.width();
                    System.arraycopy(frames.get(frame), 3 * point, rgb, 3 * (y * width + x), 3);
                }
            }
        }
        return new Picture(width, height, rgb);
    }

    /** Every nth point of every nth row. */
    private static Video thinned(Video video, int n) {
        if (n == 1) {
            return video;
        }
        int width = Math.max(1, video.width() / n);
        int height = Math.max(1, video.height() / n);
        List<byte[]> frames = new ArrayList<>();
        for (byte[] frame : video.frames()) {
            byte[] some = new byte[3 * width * height];
            for (int i = 0; i < width * height; i++) {
                int point = i / width * n * video.width() + i % width * n;
                System.arraycopy(frame, 3 * point, some, 3 * i, 3);
            }
            frames.add(some);
        }
        return new Video(width, height, video.fps(), frames);
    }
}
