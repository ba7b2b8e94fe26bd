package kinema;

import java.util.ArrayList;
import java.util.List;
import kinema.system.VideoSize;
import org.jspecify.annotations.Nullable;

/** Keeps a video's frames in memory. */
final class FrameCollector implements FrameSink {
    private final List<byte[]> frames = new ArrayList<>();
    private @Nullable Provenance provenance;

    @Override
    public void begin(Provenance made) {
        provenance = made;
    }

    @Override
    public void frame(byte[] rgb) {
        frames.add(rgb);
    }

    /** The finished video. */
    Video video() {
        if (provenance == null) {
            throw new IllegalStateException("the video has not begun");
        }
        VideoSize size = provenance.size();
        return new Video(size.width(), size.height(), size.fps(), frames);
    }
}
