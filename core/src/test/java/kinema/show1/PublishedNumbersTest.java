package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import kinema.diffusion.Guidance;
import kinema.diffusion.NoiseSchedule;
import kinema.diffusion.Timesteps;
import kinema.show1.vae.FrameVaeConfig;
import kinema.system.Sampling;
import kinema.system.Settings;
import kinema.system.VideoSize;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the published cascade is known to do, by its standard settings and the schedules of its checkpoints. */
class PublishedNumbersTest {
    private static final Settings STANDARD =
            Show1Settings.of(key -> Optional.empty()).standard();
    private static final Sampling WHOLE =
            new Sampling("a boat", 345, new VideoSize(576, 320, 29, 8), STANDARD, Optional.empty(), Optional.empty());

    @ParameterizedTest
    @CsvSource({
        "BASE, 75, 995, 982, 13",
        "INTERPOLATE, 75, 995, 982, 13",
        "FIRST_FRAME, 70, 966, 952, 0",
        "UPSCALE, 125, 999, 991, 8",
        "REFINE, 40, 799, 779, 20",
    })
    void stagesVisitTheAuthorsTimesteps(Denoising stage, int count, int first, int second, int last) {
        Show1Samplers samplers = new Show1Samplers(Show1Files.of(Golden.file("show1")));
        Timesteps timesteps =
                samplers.of(stage, STANDARD, Show1Rules.strength(WHOLE)).timesteps();
        assertThat(timesteps.count()).isEqualTo(count);
        assertThat(timesteps.at(0)).isEqualTo(first);
        assertThat(timesteps.at(1)).isEqualTo(second);
        assertThat(timesteps.at(count - 1)).isEqualTo(last);
    }

    @Test
    void stagesHaveThePublishedShapes() {
        Show1Size size = Show1Size.of(WHOLE);
        assertThat(size).isEqualTo(new Show1Size(8, 64, 40, 29, 576, 320, 4));
        assertThat(size.width() / FrameVaeConfig.STABLE_DIFFUSION.compression()).isEqualTo(72);
        assertThat(size.height() / FrameVaeConfig.STABLE_DIFFUSION.compression())
                .isEqualTo(40);
        Enlarging enlarging = new Enlarging(NoiseSchedule.cosine(1000), 250, 4);
        Scopes.run(() -> {
            try (Rng rng = new Rng(345)) {
                Tensor keys = new KeyFrames(size).begin(0, null, rng).sample();
                assertThat(keys.shape()).containsExactly(1, 3, 8, 40, 64);
                Interpolation interpolation = new Interpolation(keys, false);
                assertThat(interpolation.count()).isEqualTo(7);
                Windows.Start gap = interpolation.begin(0, null, rng);
                assertThat(gap.sample().shape()).containsExactly(1, 3, 5, 40, 64);
                assertThat(gap.condition().shape()).containsExactly(1, 4, 5, 40, 64);
                Tensor small = rng.randn(1, 3, 29, 40, 64);
                Windows.Start first = new FirstFrame(small, enlarging).begin(0, null, rng);
                assertThat(first.sample().shape()).containsExactly(1, 3, 1, 160, 256);
                Upscaling upscaling = new Upscaling(small, first.sample(), enlarging);
                assertThat(upscaling.count()).isEqualTo(4);
                Windows.Start window = upscaling.begin(0, null, rng);
                assertThat(window.sample().shape()).containsExactly(1, 3, 8, 160, 256);
                assertThat(window.condition().shape()).containsExactly(1, 3, 8, 160, 256);
            }
        });
    }

    @Test
    void equalKeyFramesGiveAStandingConditionUnderAMaskOfTwo() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(2)) {
                Tensor key = rng.randn(1, 3, 1, 4, 6);
                Tensor both = Tensors.cat(2, key, key);
                Tensor condition =
                        new Interpolation(both, false).begin(0, null, rng).condition(); // (1, 4, 5, 4, 6)
                Tensor standing = key.expand(1, 3, 5, 4, 6);
                assertThat(Golden.difference(condition.narrow(1, 0, 3), standing)
                                .max())
                        .isLessThan(1e-6);
                float[] masks = Tensors.floats(condition.narrow(1, 3, 1).sum(2));
                assertThat(masks).hasSize(24).containsOnly(2);
            }
        });
    }

    @Test
    void keyFramesCanStayAsTheyAre() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(3)) {
                Tensor keys = rng.randn(1, 3, 3, 2, 2);
                Interpolation windows = new Interpolation(keys, true);
                Tensor first = windows.add(0, rng.randn(1, 3, 5, 2, 2), null);
                Tensor made = rng.randn(1, 3, 5, 2, 2);
                Tensor both = windows.add(1, made, first);
                assertThat(both.size(2)).isEqualTo(9);
                for (long i = 0; i < 3; i++) {
                    assertThat(Tensors.floats(both.narrow(2, 4 * i, 1)))
                            .isEqualTo(Tensors.floats(keys.narrow(2, i, 1)));
                }
                assertThat(Tensors.floats(both.narrow(2, 5, 3))).isEqualTo(Tensors.floats(made.narrow(2, 1, 3)));
            }
        });
    }

    /** Of one prediction, the prompt's, nothing is joined; of both the joined one is the prompt's. */
    @Test
    void guidanceOfOneIsThePromptsPrediction() {
        Guidance one = new Guidance(1, false, 75);
        assertThat(one.active()).isFalse();
        Scopes.run(() -> {
            try (Rng rng = new Rng(4)) {
                Tensor both = rng.randn(2, 3, 2, 2, 2);
                assertThat(Golden.difference(one.join(both, 995), both.narrow(0, 1, 1))
                                .max())
                        .isLessThan(1e-6);
            }
        });
        assertThat(NoiseSchedule.cosine(1000).alpha(150)).isCloseTo(.94000, within(1e-5));
    }
}
