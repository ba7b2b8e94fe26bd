package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.Predictor.Memory;
import kinema.diffusion.Predictor.Prediction;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Which steps are computed, what is made of the others, and what the guard makes of their errors. */
class StepCacheTest {
    private static final int STEPS = 30;

    private final Timesteps timesteps =
            new Timesteps(new NoiseSchedule(SchedulerFile.COGVIDEOX_5B), Spacing.TRAILING, 0, STEPS, false);

    /** What a run did: which steps were computed, the velocities it took, what it reports. */
    private record Taken(List<Integer> computed, List<Double> velocities, Estimates report) {}

    @Test
    void theFirstFourTheLastTwoAndEveryThirdBetweenAreComputed() {
        Taken taken = take(run(3, OptionalDouble.empty()), t -> t * t);

        assertThat(taken.computed()).containsExactly(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29);
        assertThat(taken.report().computed()).isEqualTo(14);
        assertThat(taken.report().estimated()).isEqualTo(16);
        assertThat(take(run(2, OptionalDouble.empty()), t -> t).computed())
                .containsExactly(0, 1, 2, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 28, 29);
        assertThat(take(run(99, OptionalDouble.empty()), t -> t).computed()).containsExactly(0, 1, 2, 3, 28, 29);
    }

    @Test
    void aVelocityThatChangesEvenlyIsEstimatedAsItIs() {
        Taken taken = take(run(5, OptionalDouble.of(90)), t -> 3 - 0.002 * t);

        assertThat(taken.report().estimated()).isGreaterThan(15);
        for (int i = 0; i < STEPS; i++) {
            assertThat(taken.velocities().get(i)).isCloseTo(3 - 0.002 * timesteps.at(i), Offset.offset(1e-5));
        }
    }

    /** Of a parabola the curvature is the same everywhere, so the error that is reckoned is the true one. */
    @Test
    void theErrorOfAParabolaIsReckonedAsItIs() {
        IntToDoubleFunction parabola = t -> 2e-6 * t * t;
        Taken taken = take(run(4, OptionalDouble.empty()), parabola);
        double moved = IntStream.range(0, STEPS)
                .mapToDouble(i -> timesteps.reach(i)
                        * Math.abs(taken.velocities().get(i) - parabola.applyAsDouble(timesteps.at(i))))
                .sum();

        assertThat(taken.report().psnr()).isCloseTo(-20 * Math.log10(StepCache.GAIN * moved), Offset.offset(0.05));
    }

    @Test
    void moreIsComputedWhereTheFloorWouldNotBeHeld() {
        IntToDoubleFunction wave = t -> Math.sin(t / 90.0);
        Taken free = take(run(6, OptionalDouble.empty()), wave);
        Taken guarded = take(run(6, OptionalDouble.of(free.report().psnr() + 6)), wave);
        Taken strict = take(run(6, OptionalDouble.of(90)), wave);

        assertThat(guarded.report().computed()).isGreaterThan(free.report().computed());
        assertThat(guarded.report().psnr()).isGreaterThan(free.report().psnr());
        assertThat(strict.report().computed()).isGreaterThan(guarded.report().computed());
        assertThat(guarded.computed()).contains(0, 1, 2, 3, 28, 29);
    }

    @Test
    void magReusesWhileTheRatiosAddUpToNoMoreThanTheThreshold() {
        List<Double> ratios = Collections.nCopies(STEPS, 0.98); // off by 0.02, then 0.0396: 0.0596 together
        Taken taken = take(reuse(ReuseRule.mag(ratios, 0.06), OptionalDouble.empty()), t -> t);

        assertThat(taken.computed()).containsExactly(0, 1, 2, 3, 4, 5, 8, 11, 14, 17, 20, 23, 26, 29);
        assertThat(taken.velocities().get(7)).isEqualTo(timesteps.at(5));
        assertThat(taken.report().estimated()).isEqualTo(16);
        assertThat(take(reuse(ReuseRule.mag(ratios, 0.059), OptionalDouble.empty()), t -> t)
                        .computed())
                .containsExactly(0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29);
        assertThat(take(reuse(ReuseRule.mag(Collections.nCopies(STEPS, 1.0), 0.06), OptionalDouble.empty()), t -> t)
                        .computed())
                .as("three in a row at most")
                .containsExactly(0, 1, 2, 3, 4, 5, 9, 13, 17, 21, 25, 29);
        assertThat(take(reuse(ReuseRule.mag(ratios, 0), OptionalDouble.empty()), t -> t)
                        .computed())
                .hasSize(STEPS);
    }

    @Test
    void teaReusesWhileTheChangesAddUpToLessThanTheThreshold() {
        List<Double> changes = Collections.nCopies(STEPS, 0.125);

        assertThat(take(reuse(ReuseRule.tea(changes, 0.4), OptionalDouble.empty()), t -> t)
                        .computed())
                .containsExactly(0, 1, 5, 9, 13, 17, 21, 25, 29);
        assertThat(take(reuse(ReuseRule.tea(changes, 0.375), OptionalDouble.empty()), t -> t)
                        .computed())
                .containsExactly(0, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 29);
        assertThat(take(reuse(ReuseRule.tea(changes, 99), OptionalDouble.empty()), t -> t)
                        .computed())
                .containsExactly(0, 1, 29);
    }

    /** Of a line what is reused is off in proportion to the timesteps, so the error that is reckoned is the true one, as often as it counts. */
    @Test
    void theErrorOfAReusedLineIsReckonedAsItIs() {
        IntToDoubleFunction line = t -> 3 - 0.002 * t;
        Taken taken = take(reuse(ReuseRule.tea(Collections.nCopies(STEPS, 0.1), 0.35), OptionalDouble.empty()), line);
        double moved = IntStream.range(0, STEPS)
                .mapToDouble(i ->
                        timesteps.reach(i) * Math.abs(taken.velocities().get(i) - line.applyAsDouble(timesteps.at(i))))
                .sum();

        assertThat(taken.report().estimated()).isGreaterThan(15);
        assertThat(taken.report().psnr())
                .isCloseTo(-20 * Math.log10(StepCache.GAIN * ResidualReuse.WEIGHT * moved), Offset.offset(0.05));
    }

    /** Nearly, because the rate at which errors grow is the one measured last, and here it grows. */
    @Test
    void theGuardHoldsAFloorWhateverTheThreshold() {
        IntToDoubleFunction wave = t -> Math.sin(t / 90.0);
        ReuseRule never = ReuseRule.tea(Collections.nCopies(STEPS, 0.1), 99);
        Taken free = take(reuse(never, OptionalDouble.empty()), wave);
        Taken guarded = take(reuse(never.bounded(STEPS), OptionalDouble.of(30)), wave);

        assertThat(free.report().psnr()).isLessThan(20);
        assertThat(guarded.report().psnr()).isGreaterThan(26);
        assertThat(guarded.report().computed()).isBetween(7, STEPS - 1);
    }

    @Test
    void withOneStepAllIsComputed() {
        Timesteps one = new Timesteps(new NoiseSchedule(SchedulerFile.COGVIDEOX_5B), Spacing.TRAILING, 0, 1, false);
        Taken taken = take(new StepCache(one, new Extrapolation(one, 3), OptionalDouble.of(30)), one, t -> t);

        assertThat(taken.report()).isEqualTo(new Estimates(1, 0, Double.POSITIVE_INFINITY));
    }

    @Test
    void aMemoryOfAnotherRunIsRefused() {
        assertThatThrownBy(() -> Scopes.run(() ->
                        StepCache.report(1, new Memory(null, null, Tensors.of(new float[3], 3)), timesteps)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the state's cache is of 2 steps, the run has 30");
        assertThatThrownBy(() -> run(1, OptionalDouble.empty())).hasMessage("every must be at least 2, found 1");
    }

    /** The angles that the steps turn by are a right one together: from noise alone to the picture. */
    @Test
    void reachIsTheSineOfTheStepsAngle() {
        double angle = IntStream.range(0, STEPS)
                .mapToDouble(i -> Math.asin(timesteps.reach(i)))
                .sum();
        assertThat(angle).isCloseTo(Math.PI / 2, Offset.offset(1e-9));
    }

    private StepCache run(int every, OptionalDouble floor) {
        return new StepCache(timesteps, new Extrapolation(timesteps, every), floor);
    }

    private StepCache reuse(ReuseRule rule, OptionalDouble floor) {
        return new StepCache(timesteps, new ResidualReuse(timesteps, rule), floor);
    }

    private Taken take(StepCache rule, IntToDoubleFunction velocity) {
        return take(rule, timesteps, velocity);
    }

    /** A run whose memory goes by names from step to step, as in a run's state. */
    private static Taken take(StepCache rule, Timesteps timesteps, IntToDoubleFunction velocity) {
        List<Integer> computed = new ArrayList<>();
        List<Double> velocities = new ArrayList<>();
        return Scopes.run(() -> {
            Map<String, Tensor> memory = Map.of();
            for (int i = 0; i < timesteps.count(); i++) {
                int step = i;
                Prediction made = rule.predict(
                        i,
                        Memory.of(memory),
                        new Numbers(velocity.applyAsDouble(timesteps.at(step)), () -> computed.add(step)));
                velocities.add((double) Tensors.floats(made.velocity())[0]);
                memory = made.memory().tensors();
            }
            return new Taken(computed, velocities, StepCache.report(timesteps.count(), Memory.of(memory), timesteps));
        });
    }

    /** A network whose velocity is one number, and its blocks' residual the same. */
    private record Numbers(double value, Runnable computes) implements StepNetwork {
        @Override
        public Tensor velocity() {
            computes.run();
            return Tensors.of(new float[] {(float) value}, 1);
        }

        @Override
        public Computed withResidual() {
            Tensor velocity = velocity();
            return new Computed(velocity, velocity.add(new Scalar(0)));
        }

        @Override
        public Tensor reuse(Tensor residual) {
            return residual.add(new Scalar(0));
        }
    }
}
