package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.Video;
import kinema.video.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PreviewOptionTest {
    @TempDir
    private Path folder;

    @Test
    void aPictureIsThereWhileTheVideoIsMade() throws IOException {
        String model = Checkpoints.copy("t2v-2b", folder.resolve("model")).toString();
        Path preview = folder.resolve("new/preview.png");
        String out = folder.resolve("video.mp4").toString();
        String[] args = {"generate", "a bird", "-m", model, "-o", out, "--steps", "40", "--preview", preview.toString()
        };

        Run run = Run.onceShown("denoise    [", Cancellation::request, args);

        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.CANCELLED.number());
        Picture picture = Picture.read(preview);
        // 3 latent frames of 12x8 points, two in a row, a point as 8x8 pixels
        assertThat(List.of(picture.width(), picture.height())).containsExactly(2 * 12 * 8, 2 * 8 * 8);
        assertThat(preview.getParent()).isDirectoryContaining(file -> file.equals(preview));
        try (var files = Files.list(preview.getParent())) {
            assertThat(files).containsExactly(preview);
        }
    }

    @Test
    void framesLieInRowsAndPointsAreSquares() {
        byte[] first = {1, 1, 1, 2, 2, 2};
        byte[] second = {3, 3, 3, 4, 4, 4};
        byte[] third = {5, 5, 5, 6, 6, 6};

        Picture picture = PreviewOption.picture(new Video(2, 1, 8, List.of(first, second, third)));

        assertThat(List.of(picture.width(), picture.height())).containsExactly(2 * 2 * 8, 2 * 8);
        assertThat(red(picture, 7, 7)).isEqualTo(1);
        assertThat(red(picture, 8, 0)).isEqualTo(2);
        assertThat(red(picture, 31, 7)).isEqualTo(4);
        assertThat(red(picture, 0, 8)).isEqualTo(5);
        assertThat(red(picture, 31, 15)).as("no frame").isZero();
        assertThat(PreviewOption.picture(new Video(1000, 1, 8, List.of(new byte[3000])))
                        .width())
                .as("large frames are not enlarged")
                .isEqualTo(1000);
    }

    @Test
    void ofLargeFramesSomePointsAreShown() {
        byte[] frame = new byte[3 * 2000 * 4];
        for (int point = 0; point < 2000 * 4; point++) {
            frame[3 * point] = (byte) (point % 2000 % 2 + 2 * (point / 2000));
        }
        Picture picture = PreviewOption.picture(new Video(2000, 4, 8, List.of(frame)));
        assertThat(List.of(picture.width(), picture.height())).containsExactly(1000, 2);
        assertThat(picture.rgb()[0]).isZero();
        assertThat(picture.rgb()[3 * 999]).isZero();
        assertThat(picture.rgb()[3 * 1000]).as("the third row").isEqualTo((byte) 4);
    }

    @Test
    void otherEndingsAreRefused() {
        Run run = Run.kinema("generate", "a", "--preview", "x.gif");

        assertThat(run.lastError()).isEqualTo("kinema: --preview writes .png pictures, found 'x.gif'");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    @EnabledOnOs(OS.LINUX) // which has a folder that nobody can write in
    void aPlaceThatCannotBeWrittenIsRefused() {
        Run run = Run.kinema("generate", "a", "--preview", "/proc/x.png");

        assertThat(run.lastError()).startsWith("kinema: cannot write /proc/x.png: ");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    private static int red(Picture picture, int x, int y) {
        return picture.rgb()[3 * (y * picture.width() + x)];
    }
}
