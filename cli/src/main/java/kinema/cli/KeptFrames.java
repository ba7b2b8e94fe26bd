package kinema.cli;

import java.util.ArrayList;
import java.util.List;
import kinema.FrameSink;
import kinema.Provenance;
import kinema.Video;
import org.jspecify.annotations.Nullable;

/** Keeps a generation's frames in memory as they are before a file's codec has them. */
final class KeptFrames implements FrameSink {
    private final List<byte[]> frames = new ArrayList<>();
    private @Nullable Provenance provenance;

    @Override
    public void begin(Provenance made) {
        provenance = made;
    }

    @Override
    public void frame(byte[] rgb) {
        frames.add(rgb.clone());
    }

    /** Takes frames and hands them on. */
    FrameSink before(FrameSink next) {
        KeptFrames kept = this;
        return new FrameSink() {
            @Override
            public void begin(Provenance made) {
                kept.begin(made);
                next.begin(made);
            }

            @Override
            public void frame(byte[] rgb) {
                kept.frame(rgb);
                next.frame(rgb);
            }
        };
    }

    /** The finished video. */
    Video video() {
        if (provenance == null) {
            throw new IllegalStateException("the video has not begun");
        }
        return new Video(
                provenance.size().width(),
                provenance.size().height(),
                provenance.size().fps(),
                frames);
    }
}
