package kinema.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Measures of reconstructions on clips whose measures are known. */
class PictureMetricsTest {
    @Test
    void knownClips() {
        try (Rng rng = new Rng(1)) {
            Scopes.run(() -> {
                Tensor x = rng.rand(2, 3, 4, 16, 24).mul(new Scalar(2.0)).sub(new Scalar(1.0));
                Tensor y = x.add(new Scalar(0.02));
                assertThat(PictureMetrics.psnr(y.sub(x))).isCloseTo(40, within(1e-3)); // 10·log10(4 / 0.0004)
                assertThat(PictureMetrics.ssim(x, x)).isCloseTo(1, within(1e-12));
                assertThat(PictureMetrics.ssim(x, y)).isBetween(0.8, 0.95);
                Tensor half = x.mul(new Scalar(0.0)).add(new Scalar(0.5));
                Tensor quarter = half.mul(new Scalar(0.5));
                double light = (2 * 0.5 * 0.25 + 0.0004) / (0.5 * 0.5 + 0.25 * 0.25 + 0.0004); // nothing varies
                assertThat(PictureMetrics.ssim(half, quarter)).isCloseTo(light, within(1e-6));
                assertThat(PictureMetrics.flicker(x.narrow(2, 0, 1))).isZero();
                Tensor still = x.narrow(2, 0, 1).expand(-1, -1, 4, -1, -1);
                assertThat(PictureMetrics.flicker(still)).isZero();
                assertThat(PictureMetrics.flicker(x)).isCloseTo(85, within(2.0)); // a third of the range
            });
        }
    }
}
