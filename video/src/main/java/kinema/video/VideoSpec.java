package kinema.video;

import kinema.Video;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a video before its first frame: its size, its rate and where it came from.
 *
 * @param width pixels per row
 * @param height rows
 * @param fps frames per second
 * @param provenance JSON text that says how the video was made, kept in the file; null for none
 */
public record VideoSpec(
        int width, int height, double fps, @Nullable String provenance) {
    /** Checks size and rate. */
    public VideoSpec {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("video size must be positive, found " + width + "x" + height);
        }
        if (!(fps > 0) || Double.isInfinite(fps)) {
            throw new IllegalArgumentException("frames per second must be positive and finite, found " + fps);
        }
    }

    /** The specification of a finished video. */
    public static VideoSpec of(Video video, @Nullable String provenance) {
        return new VideoSpec(video.width(), video.height(), video.fps(), provenance);
    }

    /** Bytes of one RGB frame. */
    int frameBytes() {
        return Math.multiplyExact(3, Math.multiplyExact(width, height));
    }
}
