package kinema.train.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import kinema.diffusion.NoiseSchedule;
import kinema.show1.SchedulerFiles;
import kinema.show1.unet.Unet;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each stage's loss, and what its network is shown, against the papers' formulas written out number by number. */
class NoiseLossTest {
    private static final int SIDE = 8;

    @TempDir
    private Path folder;

    /** ‖ε - ε_θ(√ā·x + √(1-ā)·ε, …)‖² over the first half of what is predicted, the second left alone but for the first frame. */
    @ParameterizedTest
    @EnumSource(StageKind.class)
    void isTheSquaredErrorOfTheNoise(StageKind kind) {
        StageRecipe recipe = new TinyShow1(folder).recipe("run", "8x8x9", TinyShow1.WIDTHS + "\nscale: 2");
        int channels = kind.latents() ? 4 : 3;
        try (NoGradGuard guard = new NoGradGuard();
                StageNetwork network = new StageNetwork(kind, recipe, new StageNetwork.Widths(64, channels));
                Rng rng = new Rng(7)) {
            Scopes.run(() -> {
                NoiseSchedule schedule = StageObjective.schedule(kind);
                int[] timesteps = {20, 600};
                Tensor clean = rng.randn(2, channels, kind.frames(9), SIDE, SIDE), noise = rng.randn(clean.shape());
                int[] levels = {30, 200};
                Tensor shown = shown(kind).of(clean, levels, rng), text = rng.randn(2, 5, 64);
                int[] told = kind.enlarges() ? levels : null;
                NoiseLoss.Result result = new NoiseLoss(network.network(), schedule, kind == StageKind.FIRST_FRAME)
                        .of(new NoiseLoss.Batch(clean, noise, timesteps, shown, told, text));
                for (int i = 0; i < 2; i++) {
                    double left = alpha(kind, timesteps[i]);
                    Tensor noisy = torchSum(
                            clean.narrow(0, i, 1), Math.sqrt(left), noise.narrow(0, i, 1), Math.sqrt(1 - left));
                    Tensor input = shown == null ? noisy : Tensors.cat(1, noisy, shown.narrow(0, i, 1));
                    Unet unet = network.network();
                    Tensor predicted = unet.forward(
                            input,
                            one(timesteps[i]),
                            told == null ? null : one(told[i]),
                            unet.text(text.narrow(0, i, 1)));
                    float[] all = Tensors.floats(predicted), true1 = Tensors.floats(noise.narrow(0, i, 1));
                    double sum = 0;
                    for (int n = 0; n < true1.length; n++) {
                        sum += Math.pow(all[n] - true1[n], 2);
                    }
                    double expected = sum / true1.length;
                    if (kind == StageKind.FIRST_FRAME) {
                        expected += bound(all, true1, timesteps[i]);
                    }
                    assertThat((double) Tensors.floats(result.perClip())[i])
                            .isCloseTo(expected, within(1e-4 * expected));
                }
            });
        }
    }

    /** The divergence of two normal distributions from their means and variances, summed over 1000 timesteps, times 0.001, in bits. */
    private static double bound(float[] predicted, float[] noise, int t) {
        double now = alpha(StageKind.FIRST_FRAME, t), before = alpha(StageKind.FIRST_FRAME, t - 1);
        double beta = 1 - now / before, least = beta * (1 - before) / (1 - now);
        double ofClean = Math.sqrt(before) * beta / (1 - now);
        double sum = 0;
        for (int n = 0; n < noise.length; n++) {
            double part = (predicted[noise.length + n] + 1) / 2;
            double variance = Math.exp(part * Math.log(beta) + (1 - part) * Math.log(least));
            double clean =
                    Math.sqrt(1 - now) / Math.sqrt(now) * (predicted[n] - noise[n]); // true minus predicted picture
            double apart = ofClean * clean;
            sum += 0.5 * (Math.log(variance / least) + least / variance - 1 + apart * apart / variance);
        }
        return sum / noise.length / Math.log(2);
    }

    /** The variance is learned from the bound alone: what predicts the noise has no derivatives of it. */
    @Test
    void theVariancesBoundMovesTheVarianceAlone() {
        NoiseSchedule schedule = StageObjective.schedule(StageKind.FIRST_FRAME);
        try (Rng rng = new Rng(7)) {
            Scopes.run(() -> {
                Tensor variance = rng.randn(2, 3, 1, 4, 4).requires_grad_(true);
                Tensor bits = new VarianceBound(schedule).of(rng.randn(2, 3, 1, 4, 4), variance, new int[] {0, 500});
                assertThat(Tensors.floats(bits)[0])
                        .as("no noise is drawn after timestep 0")
                        .isZero();
                assertThat(Tensors.floats(bits)[1]).isPositive();
                bits.sum().backward();
                assertThat(variance.grad().narrow(0, 1, 1).abs().max().item_double())
                        .isPositive();
            });
        }
    }

    /** x_frame = (1 - f/4) · first + f/4 · last, and 1 in the fourth channel where the frame is a key frame. */
    @Test
    void betweenKeyFramesOneFadesIntoTheOther() {
        try (Rng rng = new Rng(8)) {
            Scopes.run(() -> {
                Tensor clean = rng.randn(2, 3, 5, 2, 2);
                Shown exact = new Shown(StageKind.INTERPOLATION, 2, 0, noising());
                Tensor shown = exact.of(clean, new int[2], rng);
                assertThat(shown.shape()).containsExactly(2, 4, 5, 2, 2);
                float[] x = Tensors.floats(clean), y = Tensors.floats(shown);
                for (int clip = 0; clip < 2; clip++) {
                    for (int channel = 0; channel < 4; channel++) {
                        for (int frame = 0; frame < 5; frame++) {
                            for (int point = 0; point < 4; point++) {
                                int first = ((clip * 3 + channel) * 5) * 4 + point;
                                double expected = channel == 3
                                        ? frame % 4 == 0 ? 1 : 0
                                        : x[first] * (1 - frame / 4.0) + x[first + 16] * (frame / 4.0);
                                assertThat((double) y[((clip * 4 + channel) * 5 + frame) * 4 + point])
                                        .isCloseTo(expected, within(1e-5));
                            }
                        }
                    }
                }
                Tensor noisy = new Shown(StageKind.INTERPOLATION, 2, 50, noising()).of(clean, new int[] {50, 50}, rng);
                double error = noisy.sub(shown)
                        .narrow(1, 0, 3)
                        .narrow(2, 0, 1)
                        .square()
                        .mean()
                        .sqrt()
                        .item_double();
                double deviation = Math.sqrt(1 - alpha(StageKind.BASE, 50));
                assertThat(error).isBetween(deviation / 2, deviation * 2);
                assertThat(noisy.narrow(1, 3, 1).equal(shown.narrow(1, 3, 1))).isTrue();
            });
        }
    }

    /** Of a window that is enlarged the first frame is the true large one, bit for bit; the others are small, enlarged, noisy. */
    @Test
    void enlargedFramesAreNoisyButForAWindowsFirst() {
        try (Rng rng = new Rng(9)) {
            Scopes.run(() -> {
                Tensor clean = rng.randn(2, 3, 8, 4, 4);
                int[] levels = {0, 900};
                Tensor window = new Shown(StageKind.UPSCALING, 2, 999, noising()).of(clean, levels, rng);
                assertThat(window.narrow(2, 0, 1).equal(clean.narrow(2, 0, 1))).isTrue();
                // corners stay where they are when 2x2 points become 4x4
                Tensor cell = clean.select(0, 0).select(1, 3).narrow(1, 0, 2).narrow(2, 0, 2); // (3, 2, 2)
                Tensor corner = window.select(0, 0).select(1, 3).select(1, 0).select(1, 0); // (3)
                Tensor mean = cell.flatten(1, 2).mean(new long[] {1}); // (3)
                assertThat(corner.sub(mean).abs().max().item_double()).isLessThan(0.05);
                double left = Math.sqrt(alpha(StageKind.BASE, 900));
                Tensor noise = window.select(0, 1).narrow(1, 1, 7);
                assertThat(noise.square().mean().item_double()).isCloseTo(1, within(0.3));
                assertThat(left).isLessThan(0.2);
                Tensor single =
                        new Shown(StageKind.FIRST_FRAME, 2, 999, noising()).of(clean.narrow(2, 0, 1), levels, rng);
                assertThat(single.equal(clean.narrow(2, 0, 1))).isFalse();
            });
        }
    }

    @Test
    void levelsAndTimestepsAreThoseOfTheStage() {
        int[] levels = new Shown(StageKind.UPSCALING, 2, 5, noising()).levels(1000, new SplittableRandom(1));
        assertThat(Arrays.stream(levels).distinct().sorted().toArray()).containsExactly(0, 1, 2, 3, 4, 5);
        int[] all = new Shown(StageKind.UPSCALING, 2, 5000, noising()).levels(10_000, new SplittableRandom(1));
        assertThat(Arrays.stream(all).max().orElseThrow()).isBetween(990, 999);
        assertThat(StageKind.EXPERT.timesteps(1000)).isEqualTo(900);
        assertThat(StageKind.BASE.timesteps(1000)).isEqualTo(1000);
    }

    private static Shown shown(StageKind kind) {
        return new Shown(kind, 2, 300, noising());
    }

    private static NoiseSchedule noising() {
        return SchedulerFiles.schedule(SchedulerFiles.noising());
    }

    private static Tensor one(int value) {
        return Tensors.of(new long[] {value}, 1);
    }

    private static Tensor torchSum(Tensor a, double left, Tensor b, double right) {
        float[] x = Tensors.floats(a), y = Tensors.floats(b);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (left * x[i] + right * y[i]);
        }
        return Tensors.of(x, a.shape());
    }

    /** The share of the picture that is left: cos² of the way through the timesteps; of the expert the product of 1 - β, √β evenly spaced. */
    private static double alpha(StageKind kind, int t) {
        double left = 1;
        for (int i = 0; i <= t; i++) {
            if (kind == StageKind.EXPERT) {
                double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * i / 999;
                left *= 1 - root * root;
            } else {
                left *= 1 - Math.min(0.999, 1 - cosine((i + 1) / 1000.0) / cosine(i / 1000.0));
            }
        }
        return left;
    }

    private static double cosine(double part) {
        return Math.pow(Math.cos((part + 0.008) / 1.008 * Math.PI / 2), 2);
    }
}
