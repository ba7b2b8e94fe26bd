package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import kinema.Video;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Against the formula, number by number, of a clip of one frame of 2 by 2 pixels whose three colours differ alike. */
class PictureLossTest {
    private static final float[] DIFFERENCE = {0.1f, -0.2f, 0.3f, 0.4f}; // rows from the top

    @Test
    void allPixelsCountAlikeWithoutAMask() {
        double l1 = (0.1 + 0.2 + 0.3 + 0.4) / 4;
        double l2 = (0.01 + 0.04 + 0.09 + 0.16) / 4;
        double rows = (Math.abs(0.3 - 0.1) + Math.abs(0.4 + 0.2)) / 2;
        double columns = (Math.abs(-0.2 - 0.1) + Math.abs(0.4 - 0.3)) / 2;
        assertThat(loss(new PictureLoss(0.5, 2, 3, 0.25), List.of()))
                .isCloseTo(0.5 * l1 + 2 * l2 + 0.25 * (rows + columns), within(1e-6));
    }

    @Test
    void theSubjectsPixelsCountMore() {
        byte[] mask = new byte[3 * 4];
        Arrays.fill(mask, 0, 3, (byte) 255); // the first pixel
        double l1 = (4 * 0.1 + 0.2 + 0.3 + 0.4) / 4;
        double l2 = (4 * 0.01 + 0.04 + 0.09 + 0.16) / 4;
        assertThat(loss(new PictureLoss(0.5, 2, 3, 0), List.of(new Video(2, 2, 8, List.of(mask)))))
                .isCloseTo(0.5 * l1 + 2 * l2, within(1e-6));
    }

    private static double loss(PictureLoss loss, List<Video> masks) {
        return Scopes.run(() -> {
            Tensor one = Tensors.of(DIFFERENCE, 1, 1, 1, 2, 2);
            return loss.of(Tensors.cat(1, one, one, one), masks).item_double();
        });
    }
}
