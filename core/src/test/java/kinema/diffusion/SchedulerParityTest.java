package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import kinema.cogvideox.files.SchedulerFile;
import kinema.files.Names;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole runs of both samplers with every spacing against the authors' implementation; made by scheduler_golden.py. */
class SchedulerParityTest {
    private static final long SEED = 5;
    private static final double TOLERANCE = 1e-5;

    private final NoiseSchedule schedule = new NoiseSchedule(SchedulerFile.COGVIDEOX_5B);

    @ParameterizedTest
    @EnumSource(SchedulerType.class)
    void everyStepEqualsTheReference(SchedulerType type, TestReporter reporter) {
        double worst = 0;
        int runs = 0;
        try (Safetensors golden = Safetensors.open(Golden.file("schedulers.safetensors"))) {
            for (String key : golden.entries().keySet()) {
                if (key.startsWith(type + "/")) {
                    worst = Math.max(worst, compare(type, key, golden));
                    runs++;
                }
            }
        }
        reporter.publishEntry(type.toString(), String.format("%.2e", worst));
        assertThat(runs).isEqualTo(30);
    }

    private double compare(SchedulerType type, String key, Safetensors golden) {
        String[] parts = key.split("/");
        int offset = Integer.parseInt(parts[2]);
        int steps = Integer.parseInt(parts[3]);
        Timesteps timesteps =
                new Timesteps(schedule, Names.parse(Spacing.class, "spacing", parts[1]), offset, steps, true);
        return compare(Scheduler.of(type, timesteps), key, golden);
    }

    /** The worst difference of steps whose velocities are x / 2 + t / 1000 from those stored under a key; none is beyond the tolerance. */
    static double compare(Scheduler scheduler, String key, Safetensors golden) {
        Timesteps timesteps = scheduler.timesteps();
        return Scopes.run(() -> {
            try (Rng rng = new Rng(SEED)) {
                Tensor expected = golden.tensor(key);
                assertThat(expected.size(0)).as(key).isEqualTo(timesteps.count());
                Denoised at = Denoised.start(rng.randn(1, 32));
                double worst = 0;
                for (int i = 0; i < timesteps.count(); i++) {
                    Tensor x = at.latents();
                    Tensor velocity = x.div(new Scalar(2.0)).add(new Scalar(timesteps.at(i) / 1000.0));
                    at = scheduler.step(i, at, velocity, rng);
                    Golden.Difference d = Golden.difference(at.latents(), expected.narrow(0, i, 1));
                    assertThat(d.worst()).as("%s, step %d: %s", key, i, d).isLessThanOrEqualTo(TOLERANCE);
                    worst = Math.max(worst, d.worst());
                }
                return worst;
            }
        });
    }
}
