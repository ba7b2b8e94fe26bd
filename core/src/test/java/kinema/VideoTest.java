package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Frames as Java's images and back, and what is said where no module writes files. */
class VideoTest {
    private static final byte[] FRAME = {1, 2, 3, (byte) 200, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, (byte) 255
    };

    @Test
    void aFrameIsAnImage() {
        BufferedImage image = new Video(2, 3, 8, List.of(new byte[18], FRAME)).image(1);
        assertThat(List.of(image.getWidth(), image.getHeight())).containsExactly(2, 3);
        assertThat(image.getRGB(1, 0) & 0xffffff).isEqualTo(200 << 16 | 5 << 8 | 6);
        assertThat(image.getRGB(0, 1) & 0xffffff).isEqualTo(7 << 16 | 8 << 8 | 9);
        assertThat(image.getRGB(1, 2) & 0xffffff).isEqualTo(16 << 16 | 17 << 8 | 255);
    }

    @Test
    void anImageIsAFrame() {
        Video video = new Video(2, 3, 8, List.of(FRAME));
        Video again = Video.of(video.image(0));
        assertThat(again.frames().get(0)).isEqualTo(FRAME);
        assertThat(List.of(again.width(), again.height())).containsExactly(2, 3);
        PictureCondition condition = PictureCondition.of(video.image(0));
        assertThat(condition.pictures().frames().get(0)).isEqualTo(FRAME);
        assertThat(condition.type()).hasToString("image");
    }

    @Test
    void thereIsNoFrameBehindTheLast() {
        assertThatThrownBy(() -> new Video(2, 3, 8, List.of(FRAME)).image(1))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void withoutTheModuleForFilesItsDependencyIsNamed() {
        ClassLoader empty = new URLClassLoader(new URL[0], null);
        assertThatThrownBy(() -> InstalledStorage.in(empty))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("""
                        <dependency>
                          <groupId>io.kinema</groupId>
                          <artifactId>kinema-video</artifactId>""")
                .hasMessageContaining("implementation(\"io.kinema:kinema-video:");
    }
}
