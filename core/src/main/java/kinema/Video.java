package kinema;

import java.util.List;

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
}
