package kinema.video;

import java.nio.file.Path;
import kinema.Generation;
import kinema.Video;
import kinema.tensor.NativeLibraries;
import org.bytedeco.ffmpeg.global.avutil;

/** Saves videos in one call; the format follows from the name, see {@link VideoTarget}. */
public final class VideoFiles {
    private VideoFiles() {}

    /**
     * Loads FFmpeg into this process, as the first call that needs it does by itself. Where its libraries lie in a jar they are
     * unpacked first.
     */
    public static void loadFfmpeg() {
        Ffmpeg.silence();
    }

    /** Loads FFmpeg where its libraries still lie in a jar, so that no later call has to unpack them. */
    public static void unpackFfmpeg() {
        if (!NativeLibraries.isUnpacked(avutil.class)) {
            loadFfmpeg();
        }
    }

    /**
     * Saves a video, replacing an earlier file of that name only when it is complete.
     *
     * @param file ends with {@code .mp4}, {@code .webm} or {@code .gif}, or is an existing folder, which gets PNG frames
     * @throws IllegalArgumentException when the format cannot hold the size or rate, or the place cannot be written
     * @throws VideoFileException when the encoder is missing or refuses, or the disk does
     */
    public static void save(Video video, Path file) {
        VideoWriter.write(VideoTarget.parse(file.toString()), video, null);
    }

    /** Saves a generation's video with its provenance, from which it can be made again; otherwise as a video. */
    public static void save(Generation made, Path file) {
        VideoWriter.write(
                VideoTarget.parse(file.toString()),
                made.video(),
                made.provenance().toJson());
    }
}
