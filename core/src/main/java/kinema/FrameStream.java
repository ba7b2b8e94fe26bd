package kinema;

import java.util.function.Supplier;

/**
 * A video's frames, all of one size, read one after another as they are needed. For one reader.
 *
 * @param width pixels per row
 * @param height rows
 * @param count how many frames there are
 * @param source reads the next, height × width × 3 bytes, rows from the top; asked {@code count} times at most
 */
public record FrameStream(int width, int height, int count, Supplier<byte[]> source) {
    /** Checks the sizes. */
    public FrameStream {
        if (width < 1 || height < 1 || count < 1) {
            throw new IllegalArgumentException(
                    "a video needs frames with pixels, found " + count + " of " + width + "x" + height);
        }
    }

    /** The frames of a video in memory. */
    public static FrameStream of(Video video) {
        return new FrameStream(
                video.width(),
                video.height(),
                video.frames().size(),
                video.frames().iterator()::next);
    }

    /**
     * The same in another size, each frame changed as it is read.
     *
     * @param fit how it is brought to other proportions
     */
    public FrameStream resized(int newWidth, int newHeight, Fit fit) {
        return new FrameStream(newWidth, newHeight, count, () -> fit.apply(next(), width, height, newWidth, newHeight));
    }

    /** Reads the next frame. */
    byte[] next() {
        byte[] frame = source.get();
        if (frame.length != 3L * width * height) {
            throw new IllegalArgumentException("a frame must have " + 3L * width * height + " bytes (" + width + "x"
                    + height + " RGB), found " + frame.length);
        }
        return frame;
    }
}
