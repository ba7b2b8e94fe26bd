package kinema.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import kinema.Kinema;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs every example with the bundled model and few steps. */
class ExamplesTest {
    private static final String MODEL = "../models/kinema-tiny";

    @TempDir
    private Path folder;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        Kinema.setThreads(1);
    }

    @Test
    void textBecomesAVideoWithPreviewsAndAVideoAnother() {
        TextToVideo.main(new String[] {MODEL, "a red balloon rises in the blue sky", folder.toString(), "2"});

        Path video = folder.resolve("video.mp4");
        VideoInfo info = VideoInfo.probe(video);
        assertThat(List.of(info.frames(), info.width(), info.height())).containsExactly(17L, 64, 64);
        assertThat(info.provenance()).contains("a red balloon rises", "\"seed\":7");
        for (int step = 1; step <= 2; step++) {
            VideoInfo preview = VideoInfo.probe(folder.resolve("preview-" + step + ".gif"));
            assertThat(List.of(preview.frames(), preview.width(), preview.height()))
                    .containsExactly(17L, 64, 64);
        }

        Path changed = folder.resolve("changed.mp4");
        VideoToVideo.main(new String[] {MODEL, "a green balloon rises", video.toString(), changed.toString(), "2"});
        assertThat(VideoInfo.probe(changed).frames()).isEqualTo(17);
        assertThat(VideoInfo.probe(changed).provenance()).contains("\"strength\":0.6");
    }

    @Test
    void framesBecomeImages() throws IOException {
        Path strip = folder.resolve("strip.png");

        FramesAsImages.main(new String[] {MODEL, "a bee flies", strip.toString(), "1"});

        BufferedImage image = ImageIO.read(strip.toFile());
        assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(9 * 64, 64);
        assertThat(Files.size(strip)).isPositive();
    }
}
