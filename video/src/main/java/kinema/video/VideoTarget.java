package kinema.video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import kinema.files.OutputPlace;
import kinema.files.Partial;
import kinema.files.PlaceException;

/**
 * Where a video goes and in which format; the format follows from the name.
 *
 * <p>{@code .mp4}, {@code .webm} and {@code .gif} name files; a name that ends with {@code /}, or that of
 * an existing folder with no such ending, gets PNG frames. Call {@link #check} before any expensive work.
 *
 * @param path the file or folder
 * @param format how it is written
 */
public record VideoTarget(Path path, VideoFormat format) {
    /** Browsers slow a GIF down when its frames last less than two hundredths of a second. */
    private static final double MAX_GIF_FPS = 50;

    /** OpenH264 refuses smaller pictures. */
    private static final int MIN_H264_SIDE = 16;

    /** Blocks of 16x16 pixels: the most of any H.264 level OpenH264 knows, 5.2. */
    private static final long MAX_H264_BLOCKS = 36_864;

    private static final String OTHER_FORMATS = "write .webm, .gif or a folder of PNG frames";

    /**
     * Reads an output's name.
     *
     * @throws IllegalArgumentException if the ending is none of the known ones
     */
    public static VideoTarget parse(String name) {
        Path path = path(name);
        if (name.endsWith("/") || name.endsWith(path.getFileSystem().getSeparator())) {
            return new VideoTarget(path, VideoFormat.FRAMES);
        }
        String lower = name.toLowerCase(Locale.ROOT);
        for (VideoFormat format : VideoFormat.values()) {
            if (lower.endsWith(format.ending())) {
                return new VideoTarget(path, format);
            }
        }
        if (Files.isDirectory(path)) {
            return new VideoTarget(path, VideoFormat.FRAMES);
        }
        throw new IllegalArgumentException(
                "unknown kind of output '" + name + "'; known endings: " + VideoFormat.known());
    }

    /**
     * Makes sure that a video of this specification can go here; an empty file, and its folders, are made there for a moment.
     *
     * @throws IllegalArgumentException if the format cannot hold the size or rate
     * @throws kinema.files.PlaceException if nothing can be written there, or an existing folder holds something else than
     *     frames
     * @throws VideoFileException if this build of FFmpeg lacks the encoder
     */
    public void check(VideoSpec spec) {
        checkSize(spec);
        if (format == VideoFormat.GIF && spec.fps() > MAX_GIF_FPS) {
            throw new IllegalArgumentException("a GIF plays at most 50 frames per second, found " + spec.fps()
                    + "; lower the rate or write .mp4 or .webm");
        }
        checkPlace();
        if (format != VideoFormat.FRAMES) {
            Encoding.of(format, spec).find();
        }
    }

    private void checkSize(VideoSpec spec) {
        int width = spec.width();
        int height = spec.height();
        if (format == VideoFormat.MP4 && Math.min(width, height) < MIN_H264_SIDE) {
            throw new IllegalArgumentException(
                    ".mp4 needs at least 16x16 pixels, found " + width + "x" + height + "; " + OTHER_FORMATS);
        }
        if (format == VideoFormat.MP4 && blocks(width) * blocks(height) > MAX_H264_BLOCKS) {
            throw new IllegalArgumentException(".mp4 holds pictures of up to 4096x2304 pixels, or as many in another"
                    + " shape, found " + width + "x" + height + "; choose a smaller size or " + OTHER_FORMATS);
        }
        if (format.halvesColour() && (width % 2 != 0 || height % 2 != 0)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s needs an even width and height, found %dx%d; nearest: %dx%d, or write .gif or a folder of PNG frames",
                    format.ending(),
                    width,
                    height,
                    width + width % 2,
                    height + height % 2));
        }
    }

    private static long blocks(int pixels) {
        return ((long) pixels + MIN_H264_SIDE - 1) / MIN_H264_SIDE;
    }

    private void checkPlace() {
        boolean folderExists = format == VideoFormat.FRAMES && Files.isDirectory(path);
        if (format == VideoFormat.FRAMES && Files.exists(path) && !folderExists) {
            throw new PlaceException("cannot write frames to " + path + ": it is a file, not a folder");
        }
        if (format != VideoFormat.FRAMES && Files.isDirectory(path)) {
            throw new PlaceException("cannot write " + path
                    + ": it is a folder; end the name with / for PNG frames in it, or choose another output");
        }
        if (folderExists) {
            FrameFolder.checkReplaceable(path);
            OutputPlace.tryOutIn(path);
        } else {
            OutputPlace.tryOut(path);
        }
    }

    /** Where it is written until it is complete: in the folder of frames it replaces, else beside it. */
    Path place() {
        return Files.isDirectory(path) ? path : parent();
    }

    /** The folder the output stands in, that of its target for a symbolic link; the current one for a bare name. */
    private Path parent() {
        Path whole = path.toAbsolutePath();
        try {
            whole = Partial.followed(whole).normalize();
        } catch (IOException e) { // said where it is tried out
            return whole.normalize();
        }
        return whole.getParent() == null ? whole : whole.getParent();
    }

    private static Path path(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the output's name is empty; known endings: " + VideoFormat.known());
        }
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("'" + name + "' is not a file name: " + e.getReason(), e);
        }
    }
}
