package kinema.cli;

import java.nio.file.Path;
import java.util.Objects;
import kinema.FrameStream;
import kinema.video.VideoFileException;
import kinema.video.VideoReader;
import org.jspecify.annotations.Nullable;

/**
 * The first frames of a video file, or of a folder of pictures, read one by one. They are counted first, by reading them
 * once, because files do not always say how many they hold.
 */
final class VideoInput implements AutoCloseable {
    private final VideoReader reader;
    private final FrameProgress progress;
    private final int count;

    private VideoInput(VideoReader reader, FrameProgress progress, int count) {
        this.reader = reader;
        this.progress = progress;
        this.count = count;
    }

    /**
     * Opens and counts.
     *
     * @param frames how many frames are wanted; null for all
     * @throws CommandException when the file cannot be read, or has fewer
     */
    static VideoInput open(Path file, @Nullable Integer frames, FrameProgress progress) {
        try {
            int count = count(file, frames == null ? Integer.MAX_VALUE : frames, progress);
            if (count == 0) {
                throw new CommandException(
                        ExitCode.BAD_INPUT, file + " holds no frames; the file is damaged or cut off");
            }
            if (frames != null && count < frames) {
                throw new OptionException(
                        file + " has only " + count + " frames, and {} asks for " + frames
                                + "; ask for fewer, or give a longer video",
                        "frames");
            }
            return new VideoInput(VideoReader.open(file), progress, count);
        } catch (VideoFileException e) {
            throw unreadable(e);
        }
    }

    /** Its frames; a frame counts as done when it is read. */
    FrameStream frames() {
        return new FrameStream(reader.width(), reader.height(), count, this::next);
    }

    /** Average frames per second. */
    double fps() {
        return reader.fps();
    }

    @Override
    public void close() {
        reader.close();
    }

    private byte[] next() {
        try {
            byte[] frame = Objects.requireNonNull(reader.next(), "as many frames as were counted");
            progress.frame();
            return frame;
        } catch (VideoFileException e) {
            throw unreadable(e);
        }
    }

    private static int count(Path file, int most, FrameProgress progress) {
        try (VideoReader reader = VideoReader.open(file)) {
            int count = 0;
            while (count < most && reader.next() != null) {
                progress.checkCancelled();
                count++;
            }
            return count;
        }
    }

    private static CommandException unreadable(VideoFileException e) {
        return new CommandException(ExitCode.BAD_INPUT, String.valueOf(e.getMessage()), e);
    }
}
