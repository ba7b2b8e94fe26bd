package kinema.cogvideox.vae;

import java.util.Random;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Short clips whose colours fade from corner to corner and from the first frame to the last, so that the colour under
 * each latent point is known. Always the same ones.
 *
 * <p>Axes: B clips, T H W frames, rows, columns of pixels, F h w of latents, N = B·F·h·w.
 */
public final class ColourClips {
    private static final int CLIPS = 6;
    private static final int POINTS = 6; // latent rows and columns
    private static final int LATENT_FRAMES = 2;
    private static final int CHANNELS = 3;

    private final int unit; // pixels per latent point
    private final int framesPerLatent;
    private final float[] corners; // (B, 2, 2, 2, 3) in [0, 1]: ends of time, rows, columns

    /** For an autoencoder of this config. */
    public ColourClips(VaeConfig config) {
        unit = Math.toIntExact(config.spatialCompression());
        framesPerLatent = Math.toIntExact(config.temporalCompression());
        corners = new float[CLIPS * 8 * CHANNELS];
        Random random = new Random(1);
        for (int i = 0; i < corners.length; i++) {
            corners[i] = random.nextFloat();
        }
    }

    /** The clips as a VAE takes them: (B, 3, T, H, W) in [-1, 1]. */
    public Tensor pixels() {
        int frames = frames();
        int side = POINTS * unit;
        float[] values = new float[CLIPS * CHANNELS * frames * side * side];
        int i = 0;
        for (int clip = 0; clip < CLIPS; clip++) {
            for (int channel = 0; channel < CHANNELS; channel++) {
                for (int t = 0; t < frames; t++) {
                    for (int y = 0; y < side; y++) {
                        for (int x = 0; x < side; x++) {
                            values[i++] = 2 * colour(clip, channel, t, (y + 0.5) / side, (x + 0.5) / side) - 1;
                        }
                    }
                }
            }
        }
        return Tensors.of(values, CLIPS, CHANNELS, frames, side, side);
    }

    /** The mean colour of the pixels each latent point stands for: (N, 3) in [0, 1]. */
    public Tensor colours() {
        float[] values = new float[CLIPS * LATENT_FRAMES * POINTS * POINTS * CHANNELS];
        int i = 0;
        for (int clip = 0; clip < CLIPS; clip++) {
            for (int f = 0; f < LATENT_FRAMES; f++) {
                // The first latent frame stands for one frame, each other for as many as time is compressed.
                double t = f == 0 ? 0 : (f - 1) * framesPerLatent + (framesPerLatent + 1) / 2.0;
                for (int y = 0; y < POINTS; y++) {
                    for (int x = 0; x < POINTS; x++) {
                        for (int channel = 0; channel < CHANNELS; channel++) {
                            values[i++] = colour(clip, channel, t, (y + 0.5) / POINTS, (x + 0.5) / POINTS);
                        }
                    }
                }
            }
        }
        return Tensors.of(values, values.length / CHANNELS, CHANNELS);
    }

    private int frames() {
        return 1 + (LATENT_FRAMES - 1) * framesPerLatent;
    }

    /** Linear in time, row and column, so that the mean over a box is the colour of its middle. */
    private float colour(int clip, int channel, double t, double y, double x) {
        double late = frames() == 1 ? 0 : t / (frames() - 1);
        double sum = 0;
        for (int corner = 0; corner < 8; corner++) {
            double weight = ((corner & 4) != 0 ? late : 1 - late)
                    * ((corner & 2) != 0 ? y : 1 - y)
                    * ((corner & 1) != 0 ? x : 1 - x);
            sum += weight * corners[(clip * 8 + corner) * CHANNELS + channel];
        }
        return (float) sum;
    }
}
