package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import kinema.files.Names;
import org.junit.jupiter.api.Test;

/** The three ways to another shape. */
class FitTest {
    @Test
    void theSameShapeIsTheSamePicture() {
        byte[] picture = {1, 2, 3, 4, 5, 6};
        for (Fit fit : Fit.values()) {
            assertThat(fit.apply(picture, 2, 1, 2, 1)).isEqualTo(picture);
        }
    }

    @Test
    void croppingKeepsTheMiddle() {
        byte[] halves = new byte[3 * 6 * 2]; // grey 10, 20, … from left to right
        for (int i = 0; i < halves.length; i++) {
            halves[i] = (byte) (10 + i / 3 % 6 * 10);
        }
        byte[] cut = Fit.CROP.apply(halves, 6, 2, 2, 2);
        assertThat(cut).isEqualTo(new byte[] {30, 30, 30, 40, 40, 40, 30, 30, 30, 40, 40, 40});
    }

    @Test
    void croppingKeepsTheMiddleRowsToo() {
        byte[] rows = new byte[3 * 2 * 6]; // grey 10, 20, … from top to bottom
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (byte) (10 + i / 6 * 10);
        }
        byte[] cut = Fit.CROP.apply(rows, 2, 6, 2, 2);
        assertThat(cut).isEqualTo(new byte[] {30, 30, 30, 30, 30, 30, 40, 40, 40, 40, 40, 40});
    }

    @Test
    void paddingFillsUpWithBlackOnBothSides() {
        byte[] white = new byte[3 * 4 * 2];
        Arrays.fill(white, (byte) 255);
        byte[] padded = Fit.PAD.apply(white, 4, 2, 4, 4);
        for (int i = 0; i < padded.length; i++) {
            int row = i / 3 / 4;
            assertThat(padded[i]).as("row %d", row).isEqualTo((byte) (row == 1 || row == 2 ? 255 : 0));
        }
    }

    @Test
    void anEvenPictureStaysEvenInEverySize() {
        byte[] even = new byte[3 * 9 * 5];
        Arrays.fill(even, (byte) 200);
        for (int width = 1; width < 40; width += 3) {
            for (int height = 1; height < 30; height += 4) {
                assertThat(Fit.CROP.apply(even, 9, 5, width, height))
                        .hasSize(3 * width * height)
                        .containsOnly(200);
                assertThat(Fit.STRETCH.apply(even, 9, 5, width, height)).containsOnly(200);
                assertThat(Fit.PAD.apply(even, 9, 5, width, height))
                        .hasSize(3 * width * height)
                        .contains(200);
            }
        }
    }

    @Test
    void namesAreReadInAnyCase() {
        assertThat(Names.parse(Fit.class, "fit", "Crop")).isEqualTo(Fit.CROP);
        assertThatThrownBy(() -> Names.parse(Fit.class, "fit", "zoom"))
                .hasMessage("unknown fit 'zoom'; known: stretch, crop, pad");
    }
}
