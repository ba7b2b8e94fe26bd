package kinema;

import java.util.ArrayList;
import java.util.List;
import kinema.system.VideoSize;
import org.jspecify.annotations.Nullable;

/** Keeps a video's frames in memory, as they are before a file's codec has them. */
public final class FrameCollector implements FrameSink {
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

    /** Keeps frames and hands copies on. */
    public FrameSink before(FrameSink next) {
        FrameCollector kept = this;
        return new FrameSink() {
            @Override
            public void begin(Provenance made) {
                kept.begin(made);
                next.begin(made);
            }

            @Override
            public void frame(byte[] rgb) {
                kept.frame(rgb);
                next.frame(rgb.clone());
            }
        };
    }

    /**
     * The finished video.
     *
     * @throws IllegalStateException before its first frame
     */
    public Video video() {
        if (provenance == null) {
            throw new IllegalStateException("the video has not begun");
        }
        VideoSize size = provenance.size();
        return new Video(size.width(), size.height(), size.fps(), frames);
    }
}
