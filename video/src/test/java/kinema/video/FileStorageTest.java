package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import kinema.PictureCondition;
import kinema.Video;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Videos that save and read themselves. */
class FileStorageTest {
    @TempDir
    Path folder;

    private static Video video(int frames) {
        return new Video(
                32,
                16,
                8,
                IntStream.range(0, frames).mapToObj(FileStorageTest::frame).toList());
    }

    private static byte[] frame(int number) {
        byte[] rgb = new byte[32 * 16 * 3];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (40 * number + i % 3 * 20);
        }
        return rgb;
    }

    @Test
    void aVideoIsSavedInTheFormatOfItsNameAndReadAgain() {
        for (String name : List.of("a.mp4", "a.webm", "a.gif")) {
            Path file = folder.resolve(name);
            video(4).save(file);
            Video read = Video.read(file);
            assertThat(List.of(read.width(), read.height(), read.frames().size()))
                    .as(name)
                    .containsExactly(32, 16, 4);
        }
        assertThat(VideoInfo.probe(folder.resolve("a.webm")).codec()).isEqualTo("vp9");
        assertThat(VideoInfo.probe(folder.resolve("a.mp4")).provenance()).isNull();
    }

    @Test
    void aFolderOfPicturesAndAPictureAreReadToo() throws Exception {
        Path frames = Files.createDirectory(folder.resolve("frames"));
        video(3).save(frames);
        assertThat(Video.read(frames).frames()).hasSize(3);
        try (var pictures = Files.list(frames)) {
            Path second = pictures.sorted().toList().get(1);
            assertThat(Video.read(second).frames()).hasSize(1);
            assertThat(PictureCondition.of(second).pictures().frames().get(0)).isEqualTo(frame(1));
        }
    }

    @Test
    void aVideoIsNoPictureToStartWith() {
        Path file = folder.resolve("a.mp4");
        video(4).save(file);
        assertThatThrownBy(() -> PictureCondition.of(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds 4 pictures, expected one")
                .hasMessageContaining("PictureCondition.video(");
        assertThatThrownBy(() -> PictureCondition.of(folder.resolve("none.png")))
                .isInstanceOf(VideoFileException.class)
                .hasMessageContaining("no such picture");
    }
}
