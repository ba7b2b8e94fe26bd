package kinema.train.data;

import java.util.function.Supplier;
import kinema.train.UnusableClipException;
import kinema.video.VideoReader;

/** A video's frames at another rate: of each moment the frame that is nearest in time, skipped or repeated as it comes. */
final class FrameTimes implements Supplier<byte[]> {
    private final VideoReader reader;
    private final double step; // frames of the video for one of ours
    private int asked;
    private long read = -1;
    private byte[] last = new byte[0];

    FrameTimes(VideoReader reader, double fps) {
        this.reader = reader;
        step = reader.fps() / fps;
    }

    @Override
    public byte[] get() {
        long wanted = Math.round(asked++ * step);
        while (read < wanted) {
            byte[] frame = reader.next();
            if (frame == null) {
                throw new UnusableClipException("the video ends after " + (read + 1) + " frames, frame " + wanted
                        + " is needed; it has fewer than its container says");
            }
            last = frame;
            read++;
        }
        return last;
    }
}
