package kinema.video;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.Video;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a video file, or of a folder of pictures, one by one as 8-bit RGB.
 *
 * <p>Files: MP4, MOV, WebM, MKV, GIF, AVI and what else FFmpeg knows as plain containers; sound is passed over. Folders: the
 * {@code .png}, {@code .jpg} and {@code .jpeg} files in order of their names. Not safe for several threads.
 */
public final class VideoReader implements AutoCloseable {
    /** The rate given to a folder of pictures, which states none. */
    public static final double FOLDER_FPS = 8;

    private final FrameSource source;

    private VideoReader(FrameSource source) {
        this.source = source;
    }

    /**
     * Opens a file, or a folder at {@link #FOLDER_FPS}.
     *
     * @throws VideoFileException if it is missing, damaged, not a video, or a folder without pictures
     */
    public static VideoReader open(Path path) {
        return open(path, FOLDER_FPS);
    }

    /** Opens a file, or a folder whose pictures follow one another at the given rate. */
    public static VideoReader open(Path path, double folderFps) {
        if (!Files.exists(path)) {
            throw new VideoFileException("no such video file or folder of pictures: " + path);
        }
        return new VideoReader(Files.isDirectory(path) ? new PictureSource(path, folderFps) : new StreamSource(path));
    }

    /** Reads a whole file, or a folder at {@link #FOLDER_FPS}, into memory. */
    public static Video read(Path path) {
        return read(path, FOLDER_FPS);
    }

    /** Reads a whole file, or a folder whose pictures follow one another at the given rate, into memory. */
    public static Video read(Path path, double folderFps) {
        try (VideoReader reader = open(path, folderFps)) {
            List<byte[]> frames = new ArrayList<>();
            for (byte[] frame = reader.next(); frame != null; frame = reader.next()) {
                frames.add(frame);
            }
            if (frames.isEmpty()) {
                throw new VideoFileException(path + " holds no frames; the file is damaged or cut off");
            }
            return new Video(reader.width(), reader.height(), reader.fps(), frames);
        }
    }

    /** Pixels per row. */
    public int width() {
        return source.width();
    }

    /** Rows. */
    public int height() {
        return source.height();
    }

    /** Average frames per second. */
    public double fps() {
        return source.fps();
    }

    /**
     * The next frame, height × width × 3 bytes in a new array, or null after the last.
     *
     * @throws VideoFileException if the file is damaged or cut off, or frames differ in size
     */
    public byte @Nullable [] next() {
        return source.next();
    }

    @Override
    public void close() {
        source.close();
    }
}
