package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import kinema.cogvideox.files.SchedulerFile;
import kinema.files.Names;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TimestepsTest {
    private final NoiseSchedule schedule = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);

    @Test
    void trailingStartsAtTheLastAndRoundsHalfToEven() {
        assertThat(visited(timesteps(50))).hasSize(50).startsWith(999, 979).endsWith(39, 19);
        assertThat(visited(timesteps(20))).hasSize(20).startsWith(999, 949).endsWith(49);
        assertThat(visited(timesteps(16))).startsWith(999, 937, 874, 811).endsWith(61);
        assertThat(visited(timesteps(7))).containsExactly(999, 856, 713, 570, 428, 285, 142);
    }

    /** Made by scheduler_golden.py. */
    @Test
    void everySpacingEqualsTheReference() {
        int compared = 0;
        try (Safetensors golden = Safetensors.open(Golden.file("schedulers.safetensors"))) {
            for (String key : golden.entries().keySet()) {
                if (key.startsWith("timesteps/")) {
                    String[] parts = key.split("/");
                    Spacing spacing = Names.parse(Spacing.class, "spacing", parts[1]);
                    int offset = Integer.parseInt(parts[2]);
                    int steps = Integer.parseInt(parts[3]);
                    long[] expected = longs(golden, key);
                    assertThat(visited(new Timesteps(schedule, spacing, offset, steps, true)))
                            .as(key)
                            .containsExactly(expected);
                    // Right is the same without the step too many.
                    assertThat(visited(new Timesteps(schedule, spacing, offset, steps, false)))
                            .as(key)
                            .containsExactly(Arrays.copyOf(expected, steps));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(48);
    }

    @Test
    void theStepTooManyIsWhereTheReferenceHasIt() {
        try (Safetensors golden = Safetensors.open(Golden.file("schedulers.safetensors"))) {
            long[] found = IntStream.rangeClosed(1, 1000)
                    .filter(n -> new Timesteps(schedule, Spacing.TRAILING, 0, n, true).count() != n)
                    .asLongStream()
                    .toArray();
            assertThat(found).hasSize(62).containsExactly(longs(golden, "extra"));
        }
        Timesteps compat = new Timesteps(schedule, Spacing.TRAILING, 0, 61, true);
        assertThat(compat.count()).isEqualTo(62);
        assertThat(compat.steps()).isEqualTo(61);
        assertThat(compat.at(61)).isEqualTo(-1);
        assertThat(compat.alpha(61)).isZero();
        assertThat(compat.alphaAfter(61)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(Spacing.class)
    void everyNumberOfStepsGivesThatManyFallingTimesteps(Spacing spacing) {
        for (int steps = 1; steps <= 1000; steps++) {
            Timesteps timesteps = new Timesteps(schedule, spacing, 0, steps, false);
            assertThat(timesteps.count()).isEqualTo(steps);
            for (int i = 0; i < steps; i++) {
                assertThat(timesteps.at(i)).isBetween(0, i == 0 ? 999 : timesteps.at(i - 1) - 1);
                assertThat(timesteps.after(i)).isLessThan(timesteps.at(i));
            }
            assertThat(timesteps.after(steps - 1)).isEqualTo(Timesteps.FINISHED);
        }
    }

    @Test
    void theRightStepLeadsToTheNextVisitedAndCompatSubtractsTheStride() {
        Timesteps compat = new Timesteps(schedule, Spacing.TRAILING, 0, 7, true);
        assertThat(timesteps(7).after(0)).isEqualTo(856);
        assertThat(timesteps(7).after(6)).isEqualTo(Timesteps.FINISHED);
        assertThat(compat.after(0)).isEqualTo(857);
        assertThat(compat.after(6)).isEqualTo(0);
        for (int steps : new int[] {1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 100}) {
            for (int i = 0; i < steps; i++) {
                assertThat(new Timesteps(schedule, Spacing.TRAILING, 0, steps, true).after(i))
                        .as("step %d of %d", i, steps)
                        .isEqualTo(timesteps(steps).after(i));
            }
        }
    }

    @Test
    void aStrengthKeepsTheLastTimesteps() {
        Timesteps all = timesteps(8);
        Timesteps last = all.last(0.6);
        assertThat(last.count()).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(last.at(i)).isEqualTo(all.at(i + 4));
            assertThat(last.after(i)).isEqualTo(all.after(i + 4));
        }
        assertThat(all.last(1).count()).isEqualTo(8);
        assertThat(new Timesteps(schedule, Spacing.TRAILING, 0, 7, true)
                        .last(0.5)
                        .after(2))
                .isEqualTo(0);
        Timesteps oneTooMany = new Timesteps(schedule, Spacing.TRAILING, 0, 61, true).last(0.5);
        assertThat(oneTooMany.steps()).isEqualTo(30);
        assertThat(oneTooMany.count()).isEqualTo(31);
        assertThatThrownBy(() -> all.last(0.1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a strength of 0.1 leaves no step of 8; choose more steps or at least 0.125");
    }

    @Test
    void whatNoScheduleCanDoIsRefused() {
        assertThatThrownBy(() -> timesteps(0)).hasMessage("steps must be between 1 and 1000, found 0");
        assertThatThrownBy(() -> timesteps(1001)).hasMessage("steps must be between 1 and 1000, found 1001");
        assertThatThrownBy(() -> new Timesteps(schedule, Spacing.LEADING, 1, 1000, false))
                .hasMessage("1000 steps with a steps_offset of 1 start at timestep 1000, beyond the last, 999;"
                        + " ask for fewer steps or another spacing");
        assertThatThrownBy(() -> Names.parse(Spacing.class, "spacing", "karras"))
                .hasMessage("unknown spacing 'karras'; known: trailing, linspace, leading");
        assertThat(Names.parse(Spacing.class, "spacing", "Leading"))
                .isEqualTo(Spacing.LEADING)
                .hasToString("leading");
    }

    private Timesteps timesteps(int steps) {
        return new Timesteps(schedule, Spacing.TRAILING, 0, steps, false);
    }

    private static long[] visited(Timesteps timesteps) {
        return IntStream.range(0, timesteps.count()).mapToLong(timesteps::at).toArray();
    }

    private static long[] longs(Safetensors golden, String key) {
        try (var tensor = golden.tensor(key)) {
            return Tensors.longs(tensor);
        }
    }
}
