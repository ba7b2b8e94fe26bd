package kinema.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureTest {
    @TempDir
    Path folder;

    @Test
    void pngIsExact() {
        byte[] rgb = new byte[3 * 19 * 7];
        new Random(1).nextBytes(rgb);
        Path file = folder.resolve("a.png");

        new Picture(19, 7, rgb).writePng(file);

        Picture read = Picture.read(file);
        assertThat(read.width()).isEqualTo(19);
        assertThat(read.height()).isEqualTo(7);
        assertThat(read.rgb()).isEqualTo(rgb);
    }

    @Test
    void jpegKeepsItsColour() throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 256; i++) {
            image.setRGB(i % 16, i / 16, 0xC86432);
        }
        Path file = folder.resolve("a.jpg");
        assertThat(ImageIO.write(image, "jpg", file.toFile())).isTrue();

        byte[] rgb = Picture.read(file).rgb();

        for (int i = 0; i < rgb.length; i++) {
            int expected = 0xC86432 >> 16 - 8 * (i % 3) & 0xFF;
            assertThat(rgb[i] & 0xFF).isBetween(expected - 3, expected + 3);
        }
    }

    /** Java's own conversion would turn 100 into 166. */
    @Test
    void grayIsNotBrightened() throws IOException {
        BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_GRAY);
        BufferedImage deep = new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY);
        for (int i = 0; i < 6; i++) {
            image.getRaster().setSample(i % 3, i / 3, 0, 100);
            deep.getRaster().setSample(i % 3, i / 3, 0, 100 << 8 | 100);
        }
        byte[] expected = new byte[18];
        Arrays.fill(expected, (byte) 100);
        for (BufferedImage gray : new BufferedImage[] {image, deep}) {
            Path file = folder.resolve("gray.png");
            assertThat(ImageIO.write(gray, "png", file.toFile())).isTrue();
            assertThat(Picture.read(file).rgb()).isEqualTo(expected);
        }
    }

    @Test
    void transparencyIsDropped() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x40102030);
        Path file = folder.resolve("a.png");
        assertThat(ImageIO.write(image, "png", file.toFile())).isTrue();

        assertThat(Picture.read(file).rgb()).containsExactly(0x10, 0x20, 0x30);
    }

    @Test
    void missing() {
        Path file = folder.resolve("a.png");
        assertThatThrownBy(() -> Picture.read(file))
                .isInstanceOf(VideoFileException.class)
                .hasMessage("no such picture: " + file);
    }

    @Test
    void folderWhereAPictureShouldBe() {
        assertThatThrownBy(() -> Picture.read(folder))
                .isInstanceOf(VideoFileException.class)
                .hasMessage(folder + " is a folder; expected one picture, PNG or JPEG");
    }

    @Test
    void cutOff() throws IOException {
        Path file = folder.resolve("a.png");
        byte[] rgb = new byte[3 * 64 * 64];
        new Random(1).nextBytes(rgb);
        new Picture(64, 64, rgb).writePng(file);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> Picture.read(file))
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith("cannot read the picture " + file);
    }

    @Test
    void wrongNumberOfBytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Picture(2, 2, new byte[11]))
                .withMessage("a 2x2 RGB picture must have 12 bytes and a positive size, found 11 bytes");
    }

    @Test
    void unwritable() {
        Path file = folder.resolve("missing/a.png");
        assertThatThrownBy(() -> new Picture(2, 2, new byte[12]).writePng(file))
                .isInstanceOf(VideoFileException.class)
                .hasMessageStartingWith("cannot write " + file);
    }
}
