package kinema;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A finished video in plain Java memory: 8-bit RGB frames of one size at one rate.
 *
 * <p>A frame is {@code height * width * 3} bytes, rows from the top, pixels from the left, channels red, green, blue.
 * The arrays are shared, not copied: do not change them after construction.
 *
 * @param width pixels per row
 * @param height rows
 * @param fps frames per second
 * @param frames the frames in order of time, at least one
 */
public record Video(int width, int height, double fps, List<byte[]> frames) {
    /** Checks sizes and rate; every frame must have exactly {@code width * height * 3} bytes. */
    public Video {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("video size must be positive, found " + width + "x" + height);
        }
        if (!(fps > 0) || Double.isInfinite(fps)) {
            throw new IllegalArgumentException("frames per second must be positive and finite, found " + fps);
        }
        frames = List.copyOf(frames);
        if (frames.isEmpty()) {
            throw new IllegalArgumentException("a video needs at least one frame, found none");
        }
        long expected = 3L * width * height;
        for (int i = 0; i < frames.size(); i++) {
            if (frames.get(i).length != expected) {
                throw new IllegalArgumentException("frame " + i + " must have " + expected + " bytes (" + width + "x"
                        + height + " RGB), found " + frames.get(i).length);
            }
        }
    }

    /** One image as a video of one frame, a second long. Transparency is dropped: a pixel keeps its colour. */
    public static Video of(BufferedImage image) {
        return new Video(image.getWidth(), image.getHeight(), 1, List.of(Pixels.of(image)));
    }

    /**
     * Reads a video file, a picture (PNG or JPEG), or a folder of pictures into memory. What files there are is the module
     * {@code kinema-video}'s matter.
     *
     * @throws IllegalStateException when that module is not on the class path, with what to add
     * @throws RuntimeException of that module's ({@code VideoFileException}) when the file is missing, damaged or neither
     */
    public static Video read(Path file) {
        return InstalledStorage.get().read(file);
    }

    /**
     * A frame as Java's own image.
     *
     * @param frame from 0
     * @throws IndexOutOfBoundsException when the video has no such frame
     */
    public BufferedImage image(int frame) {
        return Pixels.image(frames.get(frame), width, height);
    }

    /**
     * Saves the video, replacing an earlier file of that name only when it is complete. {@link Generation#save} records
     * besides what made it.
     *
     * @param file ends with {@code .mp4}, {@code .webm} or {@code .gif}, or is an existing folder, which gets PNG frames
     * @throws IllegalStateException when the module {@code kinema-video} is not on the class path, with what to add
     * @throws IllegalArgumentException when the format cannot hold the size or rate, or the place cannot be written
     * @throws RuntimeException of that module's ({@code VideoFileException}) when the encoder or the disk refuses
     */
    public void save(Path file) {
        InstalledStorage.get().save(this, Optional.empty(), file);
    }
}
