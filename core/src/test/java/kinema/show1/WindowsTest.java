package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import kinema.diffusion.NoiseSchedule;
import kinema.system.Sampling;
import kinema.system.VideoSize;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each stage starts from and what its windows put together. */
class WindowsTest {
    private static final Enlarging ENLARGING = new Enlarging(NoiseSchedule.cosine(1000), 250, 4);

    @Test
    void keyFramesFadeIntoOneAnotherUnderAMask() {
        Scopes.run(() -> {
            Tensor keys = Tensors.of(new float[] {0, 4, -4, 1, 1, 1, 2, 2, 2}, 1, 3, 3, 1, 1);
            try (Rng rng = new Rng(1)) {
                Tensor condition =
                        new Interpolation(keys, false).begin(1, null, rng).condition();
                assertThat(condition.shape()).containsExactly(1, 4, 5, 1, 1);
                assertThat(Tensors.floats(condition))
                        .containsExactly(4, 2, 0, -2, -4, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 1, 0, 0, 0, 1);
            }
        });
    }

    @Test
    void windowsOfInterpolationCoverAllFramesAndTheLaterOneWins() {
        Scopes.run(() -> {
            Windows windows = new Interpolation(Tensors.zeros(ScalarType.Float, 1, 3, 8, 1, 1), false);
            assertThat(windows.count()).isEqualTo(7);
            assertThat(made(windows, 5))
                    .isEqualTo(numbers("0 0 0 0 1 1 1 1 2 2 2 2 3 3 3 3 4 4 4 4 5 5 5 5 6 6 6 6 6"));
        });
    }

    @Test
    void windowsOfUpscalingCoverAllFramesAndTheLaterOneWins() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(1)) {
                Windows windows = new Upscaling(rng.randn(1, 3, 29, 1, 1), rng.randn(1, 3, 1, 4, 4), ENLARGING);
                assertThat(windows.count()).isEqualTo(4);
                assertThat(made(windows, 8))
                        .isEqualTo(numbers("0 0 0 0 0 0 0 1 1 1 1 1 1 1 2 2 2 2 2 2 2 3 3 3 3 3 3 3 3"));
            }
        });
    }

    /** The clean frame is not made noisy, and all windows have the same noise. */
    @Test
    void aWindowIsShownTheFrameBeforeItBitForBit() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(1)) {
                Tensor first = rng.randn(1, 3, 1, 8, 4), made = rng.randn(1, 3, 8, 8, 4);
                Upscaling windows = new Upscaling(rng.randn(1, 3, 15, 2, 1), first, ENLARGING);
                Windows.Start start = begin(windows, 0, null);
                Windows.Start second = begin(windows, 1, made);
                assertThat(start.condition().shape()).containsExactly(1, 3, 8, 8, 4);
                assertThat(Tensors.floats(start.condition().narrow(2, 0, 1))).isEqualTo(Tensors.floats(first));
                assertThat(Tensors.floats(second.condition().narrow(2, 0, 1)))
                        .isEqualTo(Tensors.floats(made.narrow(2, 7, 1)));
                assertThat(Tensors.floats(second.sample())).isEqualTo(Tensors.floats(start.sample()));
            }
        });
    }

    /** Corners stay where they are when a picture is made larger, and the noise has the schedule's size. */
    @Test
    void smallFramesAreEnlargedAndMadeNoisy() {
        Scopes.run(() -> {
            try (Rng rng = new Rng(1)) {
                Tensor small = Tensors.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 1, 3, 1, 2, 2);
                float[] clean = Tensors.floats(new Enlarging(NoiseSchedule.cosine(1000), 0, 4).of(small, rng));
                assertThat(clean).hasSize(3 * 64);
                assertThat(clean[7]).isBetween(.9f, 1.1f);
                assertThat(clean[56]).isBetween(1.9f, 2.1f);
                Tensor even = small.mul(new Scalar(0.0));
                Tensor noise = ENLARGING.of(even.expand(1, 3, 40, 2, 2), rng);
                assertThat(noise.std().item_double()).isBetween(.37, .41); // √(1-ā) of 250 is 0.3926
            }
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "30 | 576 | refine | frames must be 28k+1 for Show-1, at least 29, found 30; nearest: 29",
                "1 | 576 | refine | frames must be 28k+1 for Show-1, at least 29, found 1; nearest: 29",
                "57 | 256 | upscale | ",
                "12 | 64 | interpolate | frames must be 4k+1 for Show-1 until interpolate, at least 5, found 12;"
                        + " nearest: 13",
                "8 | 64 | base | ",
                "8 | 576 | base | stage base makes frames of 64x40 from key frames of 64x40, asked for 576x40",
            })
    void onlyWhatWindowsCanMakeIsAsked(int frames, int width, String until, String message) {
        int height = until.equals("upscale") ? 160 : 40;
        Sampling s = new Sampling(
                "a boat",
                1,
                new VideoSize(width, height, frames, 8),
                Show1Settings.of(key -> Optional.empty()).complete(Map.of("until", until)),
                Optional.empty(),
                Optional.empty());
        if (message == null) {
            assertThat(Show1Size.of(s).frames()).isEqualTo(frames);
        } else {
            assertThatThrownBy(() -> Show1Size.of(s)).hasMessageStartingWith(message);
        }
    }

    private static Windows.Start begin(Windows windows, int window, Tensor made) {
        try (Rng rng = new Rng(9)) {
            return windows.begin(window, made, rng);
        }
    }

    /** Which window each frame is of, in the end. */
    private static float[] made(Windows windows, long length) {
        Tensor made = null;
        for (int w = 0; w < windows.count(); w++) {
            Tensor sample = Tensors.of(new float[] {w}, 1, 1, 1, 1, 1).expand(1, 1, length, 1, 1);
            made = windows.add(w, sample, made);
        }
        return Tensors.floats(made);
    }

    private static float[] numbers(String text) {
        double[] values =
                Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
        float[] numbers = new float[values.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) values[i];
        }
        return numbers;
    }
}
