package kinema.video;

import java.nio.file.Path;
import kinema.Video;
import org.jspecify.annotations.Nullable;

/**
 * Writes a video frame by frame; nothing is seen at the target until {@link #finish}.
 *
 * <pre>{@code
 * try (VideoWriter writer = VideoWriter.open(target, spec)) {
 *     for (byte[] frame : frames) {
 *         writer.add(frame);
 *     }
 *     writer.finish();
 * }
 * }</pre>
 *
 * <p>{@link #close} without {@code finish} (an exception, a cancelled run) removes what was written. A GIF is held in memory
 * until {@code finish}, 4 bytes a pixel, because its palette is made from all frames. Not safe for several threads.
 */
public final class VideoWriter implements AutoCloseable {
    private final VideoTarget target;
    private final VideoSpec spec;
    private final PartialOutput partial;
    private final FrameEncoder encoder;
    private int frames;
    private boolean ended;

    private VideoWriter(VideoTarget target, VideoSpec spec, PartialOutput partial, FrameEncoder encoder) {
        this.target = target;
        this.spec = spec;
        this.partial = partial;
        this.encoder = encoder;
    }

    /**
     * Starts a video.
     *
     * @throws IllegalArgumentException as {@link VideoTarget#check}
     * @throws VideoFileException if the encoder is missing or refuses, or the disk does
     */
    public static VideoWriter open(VideoTarget target, VideoSpec spec) {
        target.check(spec);
        PartialOutput partial = PartialOutput.create(target);
        try {
            return new VideoWriter(target, spec, partial, encoder(target.format(), spec, partial.path()));
        } catch (RuntimeException e) {
            partial.discard();
            throw e;
        }
    }

    /** Writes a finished video in one call; see {@link #open} for the errors. */
    public static void write(VideoTarget target, Video video, @Nullable String provenance) {
        try (VideoWriter writer = open(target, VideoSpec.of(video, provenance))) {
            video.frames().forEach(writer::add);
            writer.finish();
        }
    }

    private static FrameEncoder encoder(VideoFormat format, VideoSpec spec, Path path) {
        return switch (format) {
            case MP4, WEBM -> new YuvEncoder(path, Encoding.of(format, spec), spec);
            case GIF -> new GifEncoder(path, Encoding.of(format, spec), spec);
            case FRAMES -> new PngEncoder(path, spec);
        };
    }

    /**
     * Adds the next frame.
     *
     * @param rgb height × width × 3 bytes, rows from the top; not kept
     */
    public void add(byte[] rgb) {
        if (ended) {
            throw new IllegalStateException("the video " + target.path() + " is already finished or closed");
        }
        if (rgb.length != spec.frameBytes()) {
            throw new IllegalArgumentException("frame " + frames + " must have " + spec.frameBytes() + " bytes ("
                    + spec.width() + "x" + spec.height() + " RGB), found " + rgb.length);
        }
        encoder.add(rgb);
        frames++;
    }

    /**
     * Completes the video and moves it to its target.
     *
     * @throws IllegalStateException if there is no frame, or it is finished or closed already
     */
    public void finish() {
        if (ended) {
            throw new IllegalStateException("the video " + target.path() + " is already finished or closed");
        }
        if (frames == 0) {
            throw new IllegalStateException("a video needs at least one frame, found none for " + target.path());
        }
        encoder.finish();
        partial.commit();
        ended = true;
        encoder.close();
    }

    /** Removes an unfinished video and frees the encoder; does nothing after {@link #finish}. */
    @Override
    public void close() {
        if (ended) {
            return;
        }
        ended = true;
        encoder.close();
        partial.discard();
    }
}
