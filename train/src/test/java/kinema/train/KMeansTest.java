package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class KMeansTest {
    private static final int GROUPS = 5;
    private static final int EACH = 20;

    @Test
    void groupsThatLieApartAreFound() {
        Scopes.run(() -> {
            Tensor points = points();
            long[] labels = KMeans.labels(points, GROUPS, 3);
            Map<Long, Long> group = new HashMap<>();
            for (int i = 0; i < labels.length; i++) {
                assertThat(group.computeIfAbsent((long) (i / EACH), g -> -1L)).isIn(-1L, labels[i]);
                group.put((long) (i / EACH), labels[i]);
            }
            assertThat(group.values()).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L);
            assertThat(KMeans.labels(points, GROUPS, 3)).containsExactly(labels);
        });
    }

    @Test
    void eachPointIsInTheClusterWithTheNearestMean() {
        Scopes.run(() -> {
            float[] numbers;
            try (Rng rng = new Rng(4)) {
                numbers = Tensors.floats(rng.randn(60, 2));
            }
            long[] labels = KMeans.labels(Tensors.of(numbers, 60, 2), 7, 1);
            double[][] means = new double[7][3];
            for (int i = 0; i < 60; i++) {
                double[] mean = means[(int) labels[i]];
                mean[0] += numbers[2 * i];
                mean[1] += numbers[2 * i + 1];
                mean[2]++;
            }
            for (int i = 0; i < 60; i++) {
                double[] distances = new double[7];
                for (int c = 0; c < 7; c++) {
                    distances[c] = Math.hypot(
                            numbers[2 * i] - means[c][0] / means[c][2], numbers[2 * i + 1] - means[c][1] / means[c][2]);
                }
                double least = Arrays.stream(distances).min().orElseThrow();
                assertThat(distances[(int) labels[i]]).isLessThanOrEqualTo(least + 1e-5);
            }
        });
    }

    @Test
    void noClusterIsEmptyEvenOfEqualPoints() {
        Scopes.run(() -> {
            Tensor points = Tensors.of(new float[12], 6, 2);
            assertThat(Arrays.stream(KMeans.labels(points, 4, 1)).distinct().sorted())
                    .containsExactly(0L, 1L, 2L, 3L);
            assertThatThrownBy(() -> KMeans.labels(points, 7, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("clusters must be 1 to the 6 points there are, found 7");
        });
    }

    /** Groups around (10 g, -10 g), one after the other. */
    private static Tensor points() {
        float[] centres = new float[GROUPS * EACH * 2];
        for (int i = 0; i < GROUPS * EACH; i++) {
            centres[2 * i] = 10f * (i / EACH);
            centres[2 * i + 1] = -10f * (i / EACH);
        }
        try (Rng rng = new Rng(2)) {
            return Tensors.of(centres, GROUPS * EACH, 2)
                    .add(rng.randn(GROUPS * EACH, 2).mul(new Scalar(0.5)));
        }
    }
}
