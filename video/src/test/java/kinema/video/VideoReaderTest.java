package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import kinema.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and foreign input ends in a message that names the file. */
class VideoReaderTest {
    @TempDir
    Path folder;

    @Test
    void missing() {
        Path file = folder.resolve("nothing.mp4");
        assertUnreadable(file, "no such video file or folder of pictures: " + file);
    }

    @ParameterizedTest
    @ValueSource(strings = {"notes.mp4", "notes.txt", "notes.gif"})
    void textIsNoVideo(String name) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "once upon a time\n".repeat(200));
        assertUnreadable(file, file + " is not a video Kinema can read (known: mp4, mov, webm, mkv, gif, avi)");
    }

    @Test
    void emptyFile() throws IOException {
        Path file = Files.createFile(folder.resolve("empty.mp4"));
        assertUnreadable(file, file + " is not a video Kinema can read");
    }

    /** A playlist could make FFmpeg open any other file or address. */
    @Test
    void playlistIsNotFollowed() throws IOException {
        Path clip = folder.resolve("clip.mp4");
        VideoWriter.write(VideoTarget.parse(clip.toString()), TestClips.smooth(32, 32, 2, 8), null);
        Path list = Files.writeString(
                folder.resolve("list.m3u8"),
                "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.mp4\n#EXT-X-ENDLIST\n");
        assertUnreadable(list, list + " is not a video Kinema can read");
    }

    @Test
    void pictureIsNoVideo() {
        Path file = folder.resolve("0000.png");
        new Picture(2, 2, new byte[12]).writePng(file);
        assertUnreadable(file, file + " is a picture; expected a video, or a folder of pictures");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif"})
    void cutOffAnywhere(String name) throws IOException {
        Path file = folder.resolve(name);
        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(48, 32, 9, 8), "{}");
        byte[] whole = Files.readAllBytes(file);
        for (int eighths = 1; eighths <= 8; eighths++) {
            int length = Math.min(whole.length - 1, whole.length * eighths / 8);
            Files.write(file, Arrays.copyOf(whole, length));
            assertUnreadable(file, file + " is cut off: its headers speak of more than its " + length + " bytes");
        }
    }

    /** Whatever stands in the file, the answer is frames or a message, never a crash. */
    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif"})
    void damagedBytesNeverCrash(String name) throws IOException {
        Path file = folder.resolve(name);
        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(48, 32, 9, 8), "{}");
        byte[] whole = Files.readAllBytes(file);
        Random random = new Random(5);
        int refused = 0;
        for (int trial = 0; trial < 60; trial++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 20; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                assertThat(VideoReader.read(file).frames()).isNotEmpty();
            } catch (VideoFileException e) {
                assertThat(e).hasMessageContaining(file.toString());
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 0xFF})
    void aSizeThatNoVideoHasIsNamedWithTheFile(int ofTheSize) throws IOException {
        Path file = folder.resolve("clip.gif");
        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(48, 32, 9, 8), "{}");
        byte[] damaged = Files.readAllBytes(file);
        Arrays.fill(damaged, 6, 10, (byte) ofTheSize); // columns and rows, behind GIF89a
        Files.write(file, damaged);

        assertThatThrownBy(() -> VideoReader.read(file))
                .isInstanceOf(VideoFileException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void emptyFolder() {
        assertUnreadable(folder, folder + " holds no pictures; expected .png, .jpg or .jpeg files");
    }

    @Test
    void mixedSizes() {
        new Picture(2, 2, new byte[12]).writePng(folder.resolve("0000.png"));
        new Picture(2, 3, new byte[18]).writePng(folder.resolve("0001.png"));
        assertThatThrownBy(() -> VideoReader.read(folder))
                .isInstanceOf(VideoFileException.class)
                .hasMessage("the pictures of a folder must have one size: 0000.png is 2x2, 0001.png is 2x3");
    }

    @Test
    void damagedPictureInFolder() throws IOException {
        new Picture(2, 2, new byte[12]).writePng(folder.resolve("0000.png"));
        Path second = Files.writeString(folder.resolve("0001.png"), "no picture");
        assertThatThrownBy(() -> VideoReader.read(folder))
                .isInstanceOf(VideoFileException.class)
                .hasMessage(second + " is not a picture; expected PNG or JPEG");
    }

    @Test
    void folderIsReadInOrderOfNames() throws IOException {
        for (int i : new int[] {2, 0, 1}) {
            byte[] rgb = new byte[12];
            Arrays.fill(rgb, (byte) (10 * i));
            new Picture(2, 2, rgb).writePng(folder.resolve("b" + i + ".png"));
        }
        Files.writeString(folder.resolve("readme.txt"), "not a picture, passed over");

        Video video = VideoReader.read(folder);

        assertThat(video.frames()).extracting(frame -> frame[0]).containsExactly((byte) 0, (byte) 10, (byte) 20);
        assertThat(video.fps()).isEqualTo(VideoReader.FOLDER_FPS);
    }

    @Test
    void framesComeOneByOne() {
        Path file = folder.resolve("clip.mp4");
        VideoWriter.write(VideoTarget.parse(file.toString()), TestClips.smooth(32, 32, 4, 24), null);
        try (VideoReader reader = VideoReader.open(file)) {
            assertThat(reader.fps()).isEqualTo(24);
            int frames = 0;
            for (byte[] frame = reader.next(); frame != null; frame = reader.next()) {
                assertThat(frame).hasSize(3 * 32 * 32);
                frames++;
            }
            assertThat(frames).isEqualTo(4);
            assertThat(reader.next()).isNull();
        }
    }

    private static void assertUnreadable(Path path, String message) {
        assertThatThrownBy(() -> VideoReader.read(path))
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> VideoInfo.probe(path))
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith(message);
    }
}
