package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import kinema.cogvideox.vae.Vae;
import kinema.cogvideox.vae.VaeConfig;
import kinema.nn.Pixels;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** With the trained VAE that comes with Kinema: random weights show nothing. */
class LatentPreviewTest {
    private static final Path FOLDER = Path.of("../models/kinema-tiny/vae");
    private static final int POINTS = 8;
    private static final int FRAMES = 9;

    @Test
    void coloursAreNearToThoseOfThePixels(TestReporter reporter) {
        VaeConfig config = VaeConfig.read(FOLDER.resolve("config.json"));
        try (Checkpoint file = Checkpoint.open(FOLDER, ScalarType.Float)) {
            Vae vae = file.load(w -> new Vae(w, config));
            try (LatentPreview preview = new LatentPreview(vae, config)) {
                Scopes.run(() -> {
                    Tensor frames = squares(); // (T, H, W, 3) uint8
                    Tensor latents = vae.encode(Pixels.toNetwork(frames))
                            .mean()
                            .mul(new Scalar(config.scalingFactor()))
                            .permute(0, 2, 1, 3, 4); // (1, F, C, h, w)
                    Tensor pictures = preview.pictures(latents);
                    assertThat(pictures.shape()).containsExactly(3, POINTS, POINTS, 3);
                    double error = 0;
                    double guess = 0;
                    for (int f = 0; f < 3; f++) {
                        float[] shown = Tensors.floats(pictures.narrow(0, f, 1));
                        float[] real = means(frames, f == 0 ? 0 : 4 * f - 3, f == 0 ? 1 : 4);
                        for (int i = 0; i < real.length; i++) {
                            error += Math.abs(shown[i] - real[i]) / (3 * real.length);
                            guess += Math.abs(0.5 - real[i]) / (3 * real.length);
                        }
                    }
                    reporter.publishEntry("mean error of previews", error + " where grey has " + guess);
                    assertThat(error).as("mean error, where grey has %s", guess).isLessThan(guess / 3);
                });
            }
        }
    }

    /** Two coloured squares that move over a fading ground. */
    private static Tensor squares() {
        int side = 8 * POINTS;
        float[] values = new float[FRAMES * side * side * 3];
        Random random = new Random(3);
        float[] ground = {random.nextFloat(), random.nextFloat(), random.nextFloat()};
        int i = 0;
        for (int t = 0; t < FRAMES; t++) {
            for (int y = 0; y < side; y++) {
                for (int x = 0; x < side; x++) {
                    boolean red = Math.abs(x - 12 - 2 * t) < 10 && Math.abs(y - 20) < 10;
                    boolean blue = Math.abs(x - 44) < 9 && Math.abs(y - 56 + 3 * t) < 9;
                    for (int c = 0; c < 3; c++) {
                        float shade = ground[c] * (0.3f + 0.7f * y / side);
                        values[i++] = 255 * (red ? (c == 0 ? 0.9f : 0.1f) : blue ? (c == 2 ? 0.8f : 0.2f) : shade);
                    }
                }
            }
        }
        return Tensors.of(values, FRAMES, side, side, 3).to(ScalarType.Byte);
    }

    /** Mean colours of the pixels under each latent point over some frames, in [0, 1]. */
    private static float[] means(Tensor frames, int first, int count) {
        return Tensors.floats(frames.narrow(0, first, count)
                .to(ScalarType.Float)
                .div(new Scalar(255.0))
                .view(count, POINTS, 8, POINTS, 8, 3)
                .mean(0, 2, 4)); // (h, w, 3)
    }
}
