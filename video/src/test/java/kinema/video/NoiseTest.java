package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import kinema.Video;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that no codec can make smaller: what a model with random weights makes. */
class NoiseTest {
    private static final int FRAMES = 5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "16, 16",
        "18, 22",
        "34, 26",
        "64, 64",
        "66, 50",
        "126, 98",
        "160, 160",
        "160, 90",
        "256, 256",
        "482, 322",
        "720, 480"
    })
    void anySizeIsEncoded(int width, int height) {
        for (String name : List.of("clip.mp4", "clip.webm")) {
            for (int step : List.of(1, 255)) {
                Video made = noise(width, height, step);

                Video read = writtenAndRead(name, made);

                assertThat(read.frames()).as(name).hasSize(FRAMES);
                assertThat(TestClips.psnr(luma(made), luma(read))).as(name).isGreaterThan(18);
            }
        }
    }

    /** The encoder that is good enough for the first pictures is not for the others. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void noiseAfterSmoothPictures(int smooth) {
        List<byte[]> frames =
                new ArrayList<>(TestClips.smooth(160, 160, smooth, 8).frames());
        frames.addAll(noise(160, 160, 255).frames());
        frames.addAll(TestClips.smooth(160, 160, 3, 8).frames());
        Video made = new Video(160, 160, 8, frames);

        Video read = writtenAndRead("clip.mp4", made);

        assertThat(read.frames()).hasSize(smooth + FRAMES + 3);
        for (int i = 0; i < frames.size(); i++) {
            assertThat(TestClips.psnr(luma(one(made, i)), luma(one(read, i))))
                    .as("frame " + i)
                    .isGreaterThan(18);
        }
    }

    private Video writtenAndRead(String name, Video video) {
        Path file = folder.resolve(name);
        VideoWriter.write(VideoTarget.parse(file.toString()), video, null);
        return VideoReader.read(file);
    }

    private static Video one(Video video, int frame) {
        return new Video(
                video.width(),
                video.height(),
                video.fps(),
                List.of(video.frames().get(frame)));
    }

    /** Random numbers that are multiples of {@code step}: of 255 the primary colours, black and white alone. */
    private static Video noise(int width, int height, int step) {
        Random random = new Random(7);
        List<byte[]> frames = new ArrayList<>();
        for (int t = 0; t < FRAMES; t++) {
            byte[] frame = new byte[3 * width * height];
            for (int i = 0; i < frame.length; i++) {
                frame[i] = (byte) (step * random.nextInt(255 / step + 1));
            }
            frames.add(frame);
        }
        return new Video(width, height, 8, frames);
    }

    /** Brightness alone, since noise in colour does not survive 4:2:0. */
    private static Video luma(Video video) {
        List<byte[]> frames = new ArrayList<>();
        for (byte[] rgb : video.frames()) {
            byte[] grey = new byte[rgb.length];
            for (int i = 0; i < rgb.length; i += 3) {
                double y = 0.299 * (rgb[i] & 0xFF) + 0.587 * (rgb[i + 1] & 0xFF) + 0.114 * (rgb[i + 2] & 0xFF);
                grey[i] = grey[i + 1] = grey[i + 2] = (byte) Math.round(y);
            }
            frames.add(grey);
        }
        return new Video(video.width(), video.height(), video.fps(), frames);
    }
}
