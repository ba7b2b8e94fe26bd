package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kinema.cogvideox.files.SchedulerFile;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Values computed with the authors' implementation in float64. */
class NoiseScheduleTest {
    private final NoiseSchedule plain = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);
    private final NoiseSchedule shifted = new NoiseSchedule(SchedulerFile.COGVIDEOX_2B);

    @Test
    void alphasEqualTheReference() {
        assertThat(plain.alpha(0)).isCloseTo(0.99915, within(1e-12));
        assertThat(plain.alpha(19)).isCloseTo(0.9810104569, within(1e-9));
        assertThat(plain.alpha(99)).isCloseTo(0.8880858948, within(1e-9));
        assertThat(plain.alpha(499)).isCloseTo(0.2423591666, within(1e-9));
        assertThat(plain.alpha(750)).isCloseTo(0.03279911813, within(1e-9));
        assertThat(plain.alpha(979)).isCloseTo(8.578784340e-5, within(1e-13));
        assertThat(shifted.alpha(0)).isCloseTo(0.9974543276, within(1e-9));
        assertThat(shifted.alpha(19)).isCloseTo(0.9465729792, within(1e-9));
        assertThat(shifted.alpha(99)).isCloseTo(0.7308668668, within(1e-9));
        assertThat(shifted.alpha(499)).isCloseTo(0.09596956169, within(1e-9));
        assertThat(shifted.alpha(979)).isCloseTo(2.719436040e-5, within(1e-13));
    }

    @Test
    void theLastTimestepIsPureNoiseAndBelowTheFirstNoneIsLeft() {
        assertThat(plain.alpha(999)).isZero();
        assertThat(shifted.alpha(999)).isZero();
        assertThat(plain.alpha(Timesteps.FINISHED)).isEqualTo(1);
    }

    @Test
    void alphaFallsFromTimestepToTimestep() {
        for (NoiseSchedule schedule : new NoiseSchedule[] {plain, shifted}) {
            for (int t = 1; t < schedule.timesteps(); t++) {
                assertThat(schedule.alpha(t)).isLessThan(schedule.alpha(t - 1));
            }
        }
    }

    @Test
    void noiseAndVelocityAreARotationSoTheCleanLatentsComeBack() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(3)) {
                int[] timesteps = {0, 19, 499, 999};
                Tensor clean = rng.randn(4, 2, 3);
                Tensor noise = rng.randn(4, 2, 3);
                Tensor noisy = plain.addNoise(clean, noise, timesteps);
                Tensor velocity = plain.velocity(clean, noise, timesteps);
                for (int b = 0; b < timesteps.length; b++) {
                    Tensor back = Velocity.toClean(
                            noisy.narrow(0, b, 1), velocity.narrow(0, b, 1), plain.alpha(timesteps[b]));
                    assertThat(Tensors.floats(back))
                            .containsExactly(Tensors.floats(clean.narrow(0, b, 1)), within(2e-6f));
                }
                assertThat(Tensors.floats(noisy.narrow(0, 3, 1)))
                        .containsExactly(Tensors.floats(noise.narrow(0, 3, 1)));
            }
        });
    }

    @Test
    void settingsThatMakeNoScheduleAreRefused() {
        assertThatThrownBy(() -> new ScheduleConfig(1, 0.1, 0.2, 1, true)).hasMessageContaining("at least 2, found 1");
        assertThatThrownBy(() -> new ScheduleConfig(1000, 0.2, 0.1, 1, true)).hasMessageContaining("rising");
        assertThatThrownBy(() -> new ScheduleConfig(1000, 0.1, 0.2, 0, true)).hasMessageContaining("snr_shift_scale");
    }
}
