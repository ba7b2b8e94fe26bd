package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class PixelsTest {
    @Test
    void grayPicturesHaveTheirSamplesAsTheyAre() {
        BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
        BufferedImage deep = new BufferedImage(2, 2, BufferedImage.TYPE_USHORT_GRAY);
        int[] samples = {0, 100, 200, 255};
        for (int i = 0; i < samples.length; i++) {
            image.getRaster().setSample(i % 2, i / 2, 0, samples[i]);
            deep.getRaster().setSample(i % 2, i / 2, 0, 256 * samples[i] + 17);
        }
        byte[] expected = {0, 0, 0, 100, 100, 100, (byte) 200, (byte) 200, (byte) 200, -1, -1, -1};
        assertThat(Pixels.of(image)).containsExactly(expected);
        assertThat(Pixels.of(deep)).containsExactly(expected);
    }

    @Test
    void coloursComeBack() {
        byte[] rgb = {1, 2, 3, (byte) 250, (byte) 128, 0};
        assertThat(Pixels.of(Pixels.image(rgb, 2, 1))).containsExactly(rgb);
    }
}
