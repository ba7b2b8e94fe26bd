package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kinema.cogvideox.files.SchedulerFile;
import kinema.files.Names;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Coefficients computed with the authors' implementation, and what holds for every sampler. */
class SchedulerTest {
    private static final Offset<Double> CLOSE = within(1e-7);

    private final NoiseSchedule schedule = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);

    @Test
    void ddimCoefficientsEqualTheReference() {
        assertDdim(999, 979, .9999571, .0092622);
        assertDdim(979, 959, .9998553, .0101080);
        assertDdim(19, -1, 0, 1);
    }

    @Test
    void dpmCoefficientsEqualTheReference() {
        DpmScheduler.Coefficients first = dpm(Double.NaN, 999, 979);
        assertThat(first.sample()).isZero();
        assertThat(first.clean()).isCloseTo(-Math.sqrt(schedule.alpha(979)), CLOSE);
        assertThat(first.noise()).isCloseTo(Math.sqrt(1 - schedule.alpha(979)), CLOSE);
        DpmScheduler.Coefficients second = dpm(schedule.alpha(999), 979, 959);
        assertThat(second.sample()).isCloseTo(.4780604, CLOSE);
        assertThat(second.clean()).isCloseTo(-.0149410, CLOSE);
        assertThat(second.now()).isEqualTo(1);
        assertThat(second.before()).isZero();
        assertThat(second.noise()).isCloseTo(.8781245, CLOSE);
        DpmScheduler.Coefficients third = dpm(schedule.alpha(979), 959, 939);
        assertThat(third.sample()).isCloseTo(.6377555, CLOSE);
        assertThat(third.clean()).isCloseTo(-.0180012, CLOSE);
        assertThat(third.now()).isCloseTo(1.3046099, CLOSE);
        assertThat(third.noise()).isCloseTo(.7697397, CLOSE);
        DpmScheduler.Coefficients late = dpm(schedule.alpha(59), 39, 19);
        assertThat(late.sample()).isCloseTo(.4728117, CLOSE);
        assertThat(late.clean()).isCloseTo(-.5271371, CLOSE);
        assertThat(late.now()).isCloseTo(1.8062950, CLOSE);
        assertThat(late.noise()).isCloseTo(.1005311, CLOSE);
        DpmScheduler.Coefficients last = dpm(schedule.alpha(39), 19, -1);
        assertThat(last.sample()).isZero();
        assertThat(last.clean()).isEqualTo(-1);
        assertThat(last.noise()).isZero();
    }

    /** A network that knows the picture leads every sampler to it, whatever the noise. */
    @ParameterizedTest
    @EnumSource(SchedulerType.class)
    void aPerfectPredictionEndsAtThePicture(SchedulerType type) {
        for (int steps : new int[] {1, 2, 3, 7, 30, 50}) {
            Scopes.run(() -> {
                Timesteps timesteps = trailing(steps);
                Scheduler scheduler = Scheduler.of(type, timesteps);
                try (Rng rng = new Rng(steps)) {
                    Tensor picture = rng.randn(1, 4);
                    Denoised at = Denoised.start(rng.randn(1, 4));
                    for (int i = 0; i < steps; i++) {
                        at = scheduler.step(i, at, velocity(at.latents(), picture, timesteps.at(i)), rng);
                    }
                    assertThat(Tensors.floats(at.latents()))
                            .as("%s, %d steps", type, steps)
                            .containsExactly(Tensors.floats(picture), within(1e-5f));
                }
            });
        }
    }

    @Test
    void dpmDrawsOnceInTheFirstAndLastStepAndTwiceBetween() {
        int steps = 5;
        Scopes.run(() -> {
            Scheduler scheduler = Scheduler.of(SchedulerType.DPM, trailing(steps));
            try (Rng rng = new Rng(11);
                    Rng counted = new Rng(11)) {
                Denoised at = Denoised.start(Tensors.of(new float[32], 1, 32));
                for (int i = 0; i < steps; i++) {
                    at = scheduler.step(i, at, at.latents(), rng);
                }
                for (int i = 0; i < 1 + 2 * (steps - 2) + 1; i++) {
                    counted.randn(1, 32);
                }
                assertThat(Tensors.floats(rng.randn(4))).containsExactly(Tensors.floats(counted.randn(4)));
            }
        });
    }

    @Test
    void dynamicGuidanceEqualsTheReference() {
        Guidance guidance = new Guidance(6, true, 50);
        Timesteps timesteps = trailing(50);
        double[] first = {2.2915, 2.5435, 6.9744, 6.4204, 2.7881, 4.2719, 1.0376, 4.1704, 1.618, 6.9831};
        double[] last = {1.0636, 1.0, 1.0, 1.1234};
        for (int i = 0; i < first.length; i++) {
            assertThat(guidance.at(timesteps.at(i))).as("step %d", i).isCloseTo(first[i], within(1e-4));
        }
        for (int i = 0; i < last.length; i++) {
            assertThat(guidance.at(timesteps.at(46 + i))).as("step %d", 46 + i).isCloseTo(last[i], within(1e-4));
        }
    }

    @Test
    void guidanceLeadsFromWithoutToWithAndBeyond() {
        Scopes.run(() -> {
            Tensor both = Tensors.of(new float[] {1, 2, 2, 0}, 2, 2);
            assertThat(Tensors.floats(new Guidance(3, false, 10).join(both, 500)))
                    .containsExactly(4f, -4f);
            assertThat(new Guidance(1, false, 10).active()).isFalse();
            assertThat(new Guidance(1.5, true, 10).active()).isTrue();
        });
    }

    @Test
    void schedulersAreNamedInLowerCase() {
        assertThat(Names.parse(SchedulerType.class, "scheduler", "DPM"))
                .isEqualTo(SchedulerType.DPM)
                .hasToString("dpm");
        assertThatThrownBy(() -> Names.parse(SchedulerType.class, "scheduler", "euler"))
                .hasMessage("unknown scheduler 'euler'; known: ddim, dpm");
    }

    private Timesteps trailing(int steps) {
        return new Timesteps(schedule, Spacing.TRAILING, 0, steps, false);
    }

    private Tensor velocity(Tensor sample, Tensor picture, int timestep) {
        double alpha = schedule.alpha(timestep);
        // v = (√ā·x - x0) / √(1-ā)
        return sample.mul(new Scalar(Math.sqrt(alpha))).sub(picture).div(new Scalar(Math.sqrt(1 - alpha)));
    }

    private void assertDdim(int timestep, int after, double sample, double clean) {
        DdimScheduler.Coefficients c = DdimScheduler.coefficients(schedule.alpha(timestep), schedule.alpha(after));
        assertThat(c.sample()).isCloseTo(sample, CLOSE);
        assertThat(c.clean()).isCloseTo(clean, CLOSE);
    }

    private DpmScheduler.Coefficients dpm(double alphaBefore, int timestep, int after) {
        return DpmScheduler.coefficients(alphaBefore, schedule.alpha(timestep), schedule.alpha(after));
    }
}
