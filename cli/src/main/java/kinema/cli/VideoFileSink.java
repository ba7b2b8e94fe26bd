package kinema.cli;

import java.nio.file.Files;
import java.util.concurrent.CancellationException;
import kinema.FrameSink;
import kinema.Provenance;
import kinema.video.VideoSpec;
import kinema.video.VideoTarget;
import kinema.video.VideoWriter;
import org.jspecify.annotations.Nullable;

/** Writes a generation's frames to a video file as they are made; nothing is seen there until {@link #finish}. */
final class VideoFileSink implements FrameSink, AutoCloseable {
    private final VideoTarget target;
    private @Nullable VideoWriter writer;

    VideoFileSink(VideoTarget target) {
        this.target = target;
    }

    @Override
    public void begin(Provenance p) {
        writer = VideoWriter.open(
                target,
                new VideoSpec(p.size().width(), p.size().height(), p.size().fps(), p.toJson()));
    }

    @Override
    public void frame(byte[] rgb) {
        begun().add(rgb);
    }

    /**
     * Completes the file.
     *
     * @param cancelled whether the user wanted to stop after the last frame was made
     * @return whether it replaced another
     */
    boolean finish(boolean cancelled) {
        if (cancelled) {
            throw new CancellationException("cancelled before writing");
        }
        boolean replaced = Files.isRegularFile(target.path());
        begun().finish();
        return replaced;
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }

    private VideoWriter begun() {
        if (writer == null) {
            throw new IllegalStateException("no frame of " + target.path() + " has been announced");
        }
        return writer;
    }
}
