package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import kinema.cogvideox.files.SchedulerFile;
import kinema.diffusion.Extrapolation.Memory;
import kinema.diffusion.Extrapolation.Prediction;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Which steps are computed, what is made of the others, and what the guard makes of their errors. */
class ExtrapolationTest {
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

        assertThat(taken.report().psnr()).isCloseTo(-20 * Math.log10(Extrapolation.GAIN * moved), Offset.offset(0.05));
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
    void withOneStepAllIsComputed() {
        Timesteps one = new Timesteps(new NoiseSchedule(SchedulerFile.COGVIDEOX_5B), Spacing.TRAILING, 0, 1, false);
        Taken taken = take(new Extrapolation(one, 3, OptionalDouble.of(30)), one, t -> t);

        assertThat(taken.report()).isEqualTo(new Estimates(1, 0, Double.POSITIVE_INFINITY));
    }

    @Test
    void aMemoryOfAnotherRunIsRefused() {
        assertThatThrownBy(() -> Scopes.run(() ->
                        run(3, OptionalDouble.empty()).report(1, new Memory(null, null, Tensors.of(new float[3], 3)))))
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

    private Extrapolation run(int every, OptionalDouble floor) {
        return new Extrapolation(timesteps, every, floor);
    }

    private Taken take(Extrapolation rule, IntToDoubleFunction velocity) {
        return take(rule, timesteps, velocity);
    }

    /** A run whose memory goes by names from step to step, as in a run's state. */
    private static Taken take(Extrapolation rule, Timesteps timesteps, IntToDoubleFunction velocity) {
        List<Integer> computed = new ArrayList<>();
        List<Double> velocities = new ArrayList<>();
        return Scopes.run(() -> {
            Map<String, Tensor> memory = Map.of();
            for (int i = 0; i < timesteps.count(); i++) {
                int step = i;
                Prediction made = rule.predict(i, Memory.of(memory), () -> {
                    computed.add(step);
                    return Tensors.of(new float[] {(float) velocity.applyAsDouble(timesteps.at(step))}, 1);
                });
                velocities.add((double) Tensors.floats(made.velocity())[0]);
                memory = made.memory().tensors();
            }
            return new Taken(computed, velocities, rule.report(timesteps.count(), Memory.of(memory)));
        });
    }
}
