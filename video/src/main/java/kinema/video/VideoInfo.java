package kinema.video;

import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a video file or a folder of frames holds.
 *
 * @param codec FFmpeg's name of the codec, such as {@code h264}, {@code vp9}, {@code gif}, {@code png}
 * @param frames number of frames, counted in the file and not taken from its header
 * @param width pixels per row
 * @param height rows
 * @param fps average frames per second; {@link VideoReader#FOLDER_FPS} for a folder
 * @param provenance the text stored by {@link VideoSpec#provenance}, or any other comment the file holds; null if none
 */
public record VideoInfo(
        String codec,
        long frames,
        int width,
        int height,
        double fps,
        @Nullable String provenance) {
    /** The metadata tag that every container of ours knows. */
    static final String COMMENT = "comment";

    /**
     * Looks into a file or folder without decoding it.
     *
     * @throws VideoFileException if it is missing, damaged, not a video, or a folder without pictures
     */
    public static VideoInfo probe(Path path) {
        if (!Files.exists(path)) {
            throw new VideoFileException("no such video file or folder of pictures: " + path);
        }
        return Files.isDirectory(path) ? probeFolder(path) : probeFile(path);
    }

    private static VideoInfo probeFile(Path file) {
        try (MediaInput input = new MediaInput(file)) {
            String codec = avcodec_get_name(input.parameters().codec_id()).getString();
            int width = input.parameters().width();
            int height = input.parameters().height();
            long frames = 0;
            while (input.next() != null) {
                frames++;
            }
            return new VideoInfo(codec, frames, width, height, input.fps(), input.metadata(COMMENT));
        }
    }

    private static VideoInfo probeFolder(Path folder) {
        List<Path> pictures = FrameFolder.pictures(folder);
        Picture first = Picture.read(pictures.get(0));
        boolean png = pictures.get(0).toString().toLowerCase(Locale.ROOT).endsWith(".png");
        Path provenance = folder.resolve(FrameFolder.PROVENANCE);
        try {
            return new VideoInfo(
                    png ? "png" : "jpeg",
                    pictures.size(),
                    first.width(),
                    first.height(),
                    VideoReader.FOLDER_FPS,
                    Files.exists(provenance) ? Files.readString(provenance) : null);
        } catch (IOException e) {
            throw new VideoFileException("cannot read " + provenance + ": " + e, e);
        }
    }
}
