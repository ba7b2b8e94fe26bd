package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.Video;
import kinema.files.PlaceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoFilesTest {
    private static final Video VIDEO = new Video(16, 16, 8, List.of(new byte[3 * 16 * 16], new byte[3 * 16 * 16]));

    @TempDir
    private Path folder;

    @Test
    void theNameChoosesTheFormat() throws Exception {
        for (String name : List.of("a.mp4", "a.webm", "a.gif")) {
            VideoFiles.save(VIDEO, folder.resolve(name));
            assertThat(VideoInfo.probe(folder.resolve(name)).frames()).as(name).isEqualTo(2);
            assertThat(VideoInfo.probe(folder.resolve(name)).provenance())
                    .as(name)
                    .isNull();
        }
        Path frames = Files.createDirectory(folder.resolve("frames"));
        VideoFiles.save(VIDEO, frames);
        assertThat(frames.resolve("0001.png")).exists();
    }

    @Test
    void placesAndNamesThatCannotBeAreRefused() throws Exception {
        assertThatThrownBy(() -> VideoFiles.save(VIDEO, folder.resolve("a.avi")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("known endings: .mp4, .webm, .gif");
        Path file = Files.createFile(folder.resolve("file"));
        assertThatThrownBy(() -> VideoFiles.save(VIDEO, file.resolve("a.mp4")))
                .isInstanceOf(PlaceException.class)
                .hasMessageContaining(file + " is no folder");
    }
}
