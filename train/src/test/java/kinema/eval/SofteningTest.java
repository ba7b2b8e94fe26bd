package kinema.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import kinema.Video;
import kinema.tensor.Rng;
import org.junit.jupiter.api.Test;

class SofteningTest {
    private static final int SIDE = 64;

    @Test
    void coloursStay() {
        byte[] frame = new byte[3 * SIDE * SIDE];
        for (int i = 0; i < frame.length; i += 3) {
            frame[i] = (byte) 200;
            frame[i + 1] = (byte) 120;
            frame[i + 2] = (byte) 40;
        }
        double[] mean = mean(soften(frame), 0, SIDE);
        assertThat(mean[0]).isCloseTo(200, within(4.0));
        assertThat(mean[1]).isCloseTo(120, within(4.0));
        assertThat(mean[2]).isCloseTo(40, within(4.0));
    }

    @Test
    void edgesBecomeSoft() {
        byte[] frame = new byte[3 * SIDE * SIDE];
        Arrays.fill(frame, (byte) 30);
        for (int row = 0; row < SIDE; row++) {
            Arrays.fill(frame, 3 * (row * SIDE + SIDE / 2), 3 * (row + 1) * SIDE, (byte) 220);
        }
        byte[] soft = soften(frame);
        double left = mean(soft, SIDE / 2 - 1, SIDE / 2)[1];
        double right = mean(soft, SIDE / 2, SIDE / 2 + 1)[1];
        assertThat(left).as("the dark side of the edge").isBetween(70.0, 125.0);
        assertThat(right).as("the bright side of the edge").isBetween(125.0, 180.0);
    }

    private static byte[] soften(byte[] frame) {
        try (Rng rng = new Rng(1)) {
            return JudgeCheck.soften(new Video(SIDE, SIDE, 8, List.of(frame)), rng)
                    .frames()
                    .get(0);
        }
    }

    /** The mean red, green and blue of some columns. */
    private static double[] mean(byte[] rgb, int from, int to) {
        double[] sum = new double[3];
        for (int i = 0; i < rgb.length; i++) {
            int column = i / 3 % SIDE;
            if (column >= from && column < to) {
                sum[i % 3] += (rgb[i] & 0xFF) / (double) (SIDE * (to - from));
            }
        }
        return sum;
    }
}
