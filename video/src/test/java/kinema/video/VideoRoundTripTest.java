package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import kinema.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes into a file comes out of it. */
class VideoRoundTripTest {
    @TempDir
    Path folder;

    /** Bounds lie about 4 dB below what was measured; those of the smallest sizes are the codecs' block artefacts. */
    @ParameterizedTest
    @CsvSource({
        "clip.mp4,  h264, 64, 64, 38",
        "clip.mp4,  h264, 128, 96, 40",
        "clip.mp4,  h264, 720, 480, 42",
        "clip.mp4,  h264, 16, 16, 30",
        "clip.MP4,  h264, 66, 50, 36",
        "clip.webm, vp9, 64, 64, 40",
        "clip.webm, vp9, 128, 96, 40",
        "clip.webm, vp9, 8, 8, 30",
        "clip.gif,  gif, 64, 64, 33",
        "clip.gif,  gif, 33, 7, 33",
    })
    void smoothClipSurvives(String name, String codec, int width, int height, double decibels) {
        Video made = TestClips.smooth(width, height, 17, 8);
        Path file = folder.resolve(name);

        VideoWriter.write(VideoTarget.parse(file.toString()), made, null);

        VideoInfo info = VideoInfo.probe(file);
        assertThat(info).isEqualTo(new VideoInfo(codec, 17, width, height, 8, null));
        Video read = VideoReader.read(file);
        assertThat(read.frames()).hasSize(17);
        assertThat(read.width()).isEqualTo(width);
        assertThat(read.height()).isEqualTo(height);
        assertThat(read.fps()).isEqualTo(8);
        assertThat(TestClips.psnr(made, read)).isGreaterThan(decibels);
    }

    /** The matrix must be the same on both sides: a mix of BT.601 and BT.709 costs more than 10 dB here. */
    @ParameterizedTest
    @ValueSource(strings = {"hd.mp4", "hd.webm"})
    void highDefinitionKeepsItsColours(String name) {
        Video made = TestClips.smooth(1280, 720, 2, 24);
        Path file = folder.resolve(name);

        VideoWriter.write(VideoTarget.parse(file.toString()), made, null);

        assertThat(TestClips.psnr(made, VideoReader.read(file))).isGreaterThan(41);
    }

    @ParameterizedTest
    @CsvSource({"clip.mp4, 30", "clip.webm, 30", "clip.gif, 20"})
    void noiseSurvivesAsWellAsTheFormatAllows(String name, double decibels) {
        Video made = TestClips.noisy(64, 64, 9, 8, 7);
        Path file = folder.resolve(name);

        VideoWriter.write(VideoTarget.parse(file.toString()), made, null);

        assertThat(TestClips.psnr(made, VideoReader.read(file))).isGreaterThan(decibels);
    }

    @Test
    void pngFramesAreExact() {
        Video made = TestClips.noisy(37, 21, 12, 8, 1);

        VideoWriter.write(VideoTarget.parse(folder + "/frames/"), made, "{\"seed\":1}");

        Path frames = folder.resolve("frames");
        assertThat(frames.toFile().list()).hasSize(13).contains("0000.png", "0011.png", "provenance.json");
        assertThat(VideoInfo.probe(frames)).isEqualTo(new VideoInfo("png", 12, 37, 21, 8, "{\"seed\":1}"));
        Video read = VideoReader.read(frames, 12.5);
        assertThat(read.fps()).isEqualTo(12.5);
        assertThat(read.frames()).containsExactlyElementsOf(made.frames());
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif"})
    void oneFrameIsAVideo(String name) {
        Path file = folder.resolve(name);

        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(32, 32, 1, 8), null);

        assertThat(VideoInfo.probe(file).frames()).isEqualTo(1);
        assertThat(VideoReader.read(file).frames()).hasSize(1);
    }

    /** GIF counts time in hundredths of a second, hence its tolerance. */
    @ParameterizedTest
    @CsvSource({
        "clip.mp4, 23.976, 0.001", "clip.mp4, 29.97, 0.001", "clip.mp4, 60, 0", "clip.mp4, 0.5, 0",
        "clip.webm, 23.976, 0.001", "clip.webm, 12.5, 0", "clip.gif, 12.5, 0", "clip.gif, 23.976, 0.1"
    })
    void rateIsKept(String name, double fps, double tolerance) {
        Path file = folder.resolve(name);

        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(32, 32, 16, fps), null);

        assertThat(VideoInfo.probe(file).fps()).isCloseTo(fps, within(tolerance));
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void provenanceIsKept(String name) {
        String provenance = "{\"prompt\":\"a \\\"red\\\" fish; naïve = Übergröße \\\\ 日本の魚 🐟\\n\",\"seed\":42}";
        VideoTarget target = VideoTarget.parse(folder + "/" + name);

        VideoWriter.write(target, TestClips.smooth(32, 32, 3, 8), provenance);

        assertThat(VideoInfo.probe(target.path()).provenance()).isEqualTo(provenance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "frames/"})
    void longProvenanceIsKept(String name) {
        String provenance = "{\"prompt\":\"" + "fish ".repeat(20_000) + "\"}";
        VideoTarget target = VideoTarget.parse(folder + "/" + name);

        VideoWriter.write(target, TestClips.smooth(32, 32, 3, 8), provenance);

        assertThat(VideoInfo.probe(target.path()).provenance()).isEqualTo(provenance);
        assertThat(VideoReader.read(target.path()).frames()).hasSize(3);
    }

    @Test
    void awkwardFileNamesWork() {
        Path file = folder.resolve("a fish: 100% 'red'.mp4");

        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(32, 32, 3, 8), null);

        assertThat(VideoReader.read(file).frames()).hasSize(3);
    }

    @Test
    void mp4IndexStandsBeforeTheFrames() throws IOException {
        Path file = folder.resolve("clip.mp4");

        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(64, 64, 17, 8), "{}");

        assertThat(boxes(file)).containsSubsequence("ftyp", "moov", "mdat");
    }

    @Test
    void sameFramesGiveTheSameBytes() throws IOException {
        Video video = TestClips.noisy(64, 48, 9, 8, 3);
        for (String name : List.of("clip.mp4", "clip.webm", "clip.gif")) {
            Path first = folder.resolve("1" + name);
            Path second = folder.resolve("2" + name);
            VideoWriter.write(VideoTarget.parse(first.toString()), video, "{}");
            VideoWriter.write(VideoTarget.parse(second.toString()), video, "{}");
            assertThat(Files.mismatch(first, second)).as(name).isEqualTo(-1);
        }
    }

    private static List<String> boxes(Path file) throws IOException {
        List<String> types = new ArrayList<>();
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            while (in.available() > 0) {
                int size = in.readInt();
                types.add(new String(in.readNBytes(4), StandardCharsets.US_ASCII));
                in.skipNBytes(size - 8L);
            }
        }
        return types;
    }
}
