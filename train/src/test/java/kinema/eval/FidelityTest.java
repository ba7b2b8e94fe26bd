package kinema.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import kinema.Video;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** How near videos are to one another, against figures by hand. */
class FidelityTest {
    private static final int SIDE = 16;

    @Test
    void equalVideosAreNoDistanceApart() {
        Fidelity same = Fidelity.between(grey(100, 100), grey(100, 100));

        assertThat(same.psnr()).isInfinite();
        assertThat(same.worstPsnr()).isInfinite();
        assertThat(same.ssim()).isCloseTo(1, Offset.offset(1e-9));
    }

    /** One frame of two is 4 of 255 brighter: mean squares of 16 and 8. */
    @Test
    void theWorstFrameIsTold() {
        Fidelity other = Fidelity.between(grey(100, 200), grey(100, 204));

        assertThat(other.worstPsnr()).isCloseTo(10 * Math.log10(255 * 255 / 16.0), Offset.offset(1e-9));
        assertThat(other.psnr()).isCloseTo(10 * Math.log10(255 * 255 / 8.0), Offset.offset(1e-9));
        assertThat(other.ssim()).isBetween(0.99, 0.99999);
    }

    @Test
    void videosOfOtherSizesAreRefused() {
        Video one = grey(100, 200);
        Video shorter = new Video(SIDE, SIDE, 8, one.frames().subList(0, 1));

        assertThatThrownBy(() -> Fidelity.between(one, shorter))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("videos must have one size and length to be compared, found 2 frames of 16x16 and 1 frames"
                        + " of 16x16");
    }

    private static Video grey(int first, int second) {
        return new Video(SIDE, SIDE, 8, List.of(frame(first), frame(second)));
    }

    private static byte[] frame(int value) {
        byte[] frame = new byte[SIDE * SIDE * 3];
        Arrays.fill(frame, (byte) value);
        return frame;
    }
}
