package kinema.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Samplers for networks that predict noise against diffusers 0.19.3; made by noise_scheduler_golden.py. */
class NoiseSchedulerParityTest {
    private static final long SEED = 6;
    private static final double TOLERANCE = 1e-5;
    private static final double ANY = Double.NEGATIVE_INFINITY;

    private final NoiseSchedule cosine = NoiseSchedule.cosine(1000);
    private final NoiseSchedule linear = new NoiseSchedule(new ScheduleConfig(1000, 0.00085, 0.012, 1, false));

    @ParameterizedTest
    @ValueSource(strings = {"clipped", "whole", "latent", "ddpm"})
    void timestepsAndSamplesEqualTheReference(String name, TestReporter reporter) {
        double worst = 0;
        int runs = 0;
        try (Safetensors golden = Safetensors.open(Golden.file("noise-schedulers.safetensors"))) {
            for (String key : golden.entries().keySet()) {
                int steps = Integer.parseInt(key.substring(key.lastIndexOf('/') + 1));
                if (key.startsWith("timesteps/" + name + "/")) {
                    Timesteps timesteps = scheduler(name, steps).timesteps();
                    long[] expected = Scopes.run(() -> Tensors.longs(golden.tensor(key)));
                    assertThat(timesteps.count()).as(key).isEqualTo(expected.length);
                    for (int i = 0; i < expected.length; i++) {
                        assertThat(timesteps.at(i)).as("%s, step %d", key, i).isEqualTo((int) expected[i]);
                    }
                    runs++;
                } else if (key.startsWith(name + "/")) {
                    worst = Math.max(worst, compare(scheduler(name, steps), key, golden));
                    runs++;
                }
            }
        }
        reporter.publishEntry(name, String.format("%.2e", worst));
        assertThat(runs).isGreaterThanOrEqualTo(8);
    }

    @Test
    void theCosineScheduleHasThePublishedValues() {
        assertThat(cosine.alpha(0)).isCloseTo(.99995872, within(1e-8));
        assertThat(cosine.alpha(150)).isCloseTo(.94000, within(1e-5));
        assertThat(cosine.alpha(250)).isCloseTo(.845888, within(1e-6));
        assertThat(cosine.alpha(999)).isCloseTo(2.4288e-9, within(1e-13));
        assertThat(cosine.logSnr(0)).isCloseTo(5.0475, within(1e-4));
        assertThat(cosine.logSnr(995)).isCloseTo(-5.078, within(1e-3));
        assertThat(linear.alpha(799)).isCloseTo(.037195, within(1e-6));
    }

    @Test
    void theLastStepsOfAVideoStartWhereItsStrengthSays() {
        Timesteps last = Timesteps.toFirst(linear, 50, ANY).last(0.8);
        assertThat(last.count()).isEqualTo(40);
        assertThat(last.whole()).isEqualTo(50);
        assertThat(last.at(0)).isEqualTo(799);
        assertThat(last.at(39)).isEqualTo(20);
        assertThat(last.after(39)).isZero();
    }

    @Test
    void thresholdingByOneIsAClampAndByMoreDividesEachFrame() {
        Scopes.run(() -> {
            Tensor clean = Tensors.of(new float[] {.5f, -3, 1, 2, .25f, -.5f, .75f, .5f}, 1, 1, 2, 2, 2);
            assertThat(Tensors.floats(new Thresholding(.5, 1).apply(clean)))
                    .containsExactly(.5f, -1, 1, 1, .25f, -.5f, .75f, .5f);
            // the first frame's median of |x0| is 1.5, the second's below 1
            assertThat(Tensors.floats(new Thresholding(.5, 4).apply(clean)))
                    .containsExactly(.5f / 1.5f, -1, 1 / 1.5f, 1, .25f, -.5f, .75f, .5f);
            assertThat(Tensors.floats(new Thresholding(1, 2).apply(clean)))
                    .containsExactly(.25f, -1, .5f, 1, .25f, -.5f, .75f, .5f);
        });
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> new Thresholding(1.2, 1)).hasMessageContaining("dynamic_thresholding_ratio");
        assertThatThrownBy(() -> new Thresholding(.9, .5)).hasMessageContaining("sample_max_value");
        assertThatThrownBy(() -> Timesteps.toFirst(cosine, 0, ANY))
                .hasMessage("steps must be between 1 and 1000, found 0");
        assertThatThrownBy(() -> Timesteps.toFirst(cosine, 10, 6)).hasMessageContaining("lambda_min_clipped of 6.0");
        assertThatThrownBy(() -> NoiseSchedule.cosine(0)).hasMessageContaining("num_train_timesteps");
    }

    private Scheduler scheduler(String name, int steps) {
        Thresholding clamp = new Thresholding(.95, 1);
        return switch (name) {
            case "clipped" ->
                new OdeDpmScheduler(Timesteps.toFirst(cosine, steps, -5.1), cosine, new Thresholding(.95, 1.5));
            case "whole" -> new OdeDpmScheduler(Timesteps.toFirst(cosine, steps, ANY), cosine, clamp);
            case "latent" -> new OdeDpmScheduler(Timesteps.toFirst(linear, steps, ANY), linear, null);
            default -> new DdpmScheduler(new Timesteps(cosine, Spacing.LEADING, 0, steps, false), clamp);
        };
    }

    private static double compare(Scheduler scheduler, String key, Safetensors golden) {
        return Scopes.run(() -> {
            try (Rng rng = new Rng(SEED)) {
                Tensor expected = golden.tensor(key);
                assertThat(expected.size(0))
                        .as(key)
                        .isEqualTo(scheduler.timesteps().count());
                Denoised at = Denoised.start(rng.randn(1, 3, 2, 4, 5));
                double worst = 0;
                for (int i = 0; i < scheduler.timesteps().count(); i++) {
                    Tensor x = at.latents();
                    Tensor noise = x.div(new Scalar(2.0))
                            .add(new Scalar(scheduler.timesteps().at(i) / 1000.0));
                    Tensor prediction = key.startsWith("ddpm") ? Tensors.cat(1, noise, x.sin()) : noise;
                    at = scheduler.step(i, at, prediction, rng);
                    Golden.Difference d = Golden.difference(at.latents(), expected.select(0, i));
                    assertThat(d.worst()).as("%s, step %d: %s", key, i, d).isLessThanOrEqualTo(TOLERANCE);
                    worst = Math.max(worst, d.worst());
                }
                return worst;
            }
        });
    }
}
