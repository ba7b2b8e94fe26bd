package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import kinema.cogvideox.files.SchedulerFile;
import kinema.files.Names;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * Whole runs over timesteps that a request names, against the published schedulers told where each step leads, and against a
 * published solver that takes explicit timesteps by itself; made by timesteps_golden.py.
 */
class NamedTimestepsParityTest {

    private final NoiseSchedule schedule = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);

    @Test
    void everyStepEqualsTheReference(TestReporter reporter) {
        double worst = 0;
        int runs = 0;
        try (Safetensors golden = Safetensors.open(Golden.file("timesteps.safetensors"))) {
            for (String key : golden.entries().keySet()) {
                worst = Math.max(worst, compare(key, golden));
                runs++;
            }
        }
        reporter.publishEntry("named timesteps", String.format("%.2e", worst));
        assertThat(runs).isEqualTo(12);
    }

    @Test
    void theLastOfThemAreTakenWhereAVideoIsChanged() {
        Timesteps last = Timesteps.of(schedule, List.of(999, 856, 665, 399)).last(0.6);
        assertThat(last.count()).isEqualTo(2);
        assertThat(last.at(0)).isEqualTo(665);
        assertThat(last.after(0)).isEqualTo(399);
        assertThat(last.after(1)).isEqualTo(Timesteps.FINISHED);
    }

    @Test
    void whatIsNoWayFromNoiseToPictureIsRefused() {
        assertThatThrownBy(() -> Timesteps.of(schedule, List.of()))
                .hasMessage("timesteps must be at least one, found none");
        assertThatThrownBy(() -> Timesteps.of(schedule, List.of(1000, 500)))
                .hasMessage("timesteps must be from 999 down to 0, found 1000");
        assertThatThrownBy(() -> Timesteps.of(schedule, List.of(500, -1)))
                .hasMessage("timesteps must be from 999 down to 0, found -1");
        assertThatThrownBy(() -> Timesteps.of(schedule, List.of(500, 500)))
                .hasMessage("timesteps must fall from one to the next, found 500 before 500");
    }

    private double compare(String key, Safetensors golden) {
        String[] parts = key.split("/");
        SchedulerType type = parts[0].equals("solver")
                ? SchedulerType.DDIM
                : Names.parse(SchedulerType.class, "scheduler", parts[0]);
        Timesteps timesteps = Timesteps.of(
                schedule,
                Arrays.stream(parts[1].split(",", -1)).map(Integer::valueOf).toList());
        return SchedulerParityTest.compare(Scheduler.of(type, timesteps), key, golden);
    }
}
