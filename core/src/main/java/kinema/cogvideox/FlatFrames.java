package kinema.cogvideox;

import java.util.Optional;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * Looks for decoded frames of one flat colour whose latents are not flat: a decoder that is wrong makes them though all its
 * numbers are finite. For one video.
 *
 * <p>Axes: T frames, H W rows and columns of pixels, F h w of latents, C latent channels.
 */
final class FlatFrames {
    /**
     * How far the points of a scaled latent frame lie from their mean when it is flat: those of flat pictures were measured at
     * 0.2, from their edges, those of scenes at 0.5.
     */
    private static final float FLAT = 0.3f;

    /** Colours nearer than this, of 0 to 1, are one. */
    private static final float SHADE = 1 / 255f;

    private final float[] latents; // (F), the deviation of each
    private final long framesPerLatent;
    private long seen;
    private long first;
    private long found;

    private FlatFrames(float[] latents, long framesPerLatent) {
        this.latents = latents;
        this.framesPerLatent = framesPerLatent;
    }

    /**
     * For the frames that are decoded from latents.
     *
     * @param latents (1, F, C, h, w), scaled
     */
    static FlatFrames of(Tensor latents, long framesPerLatent) {
        return Scopes.run(() -> {
            Tensor deviations = latents.std(new long[] {3, 4}, false, false); // (1, F, C)
            return new FlatFrames(Tensors.floats(deviations.mean(2)), framesPerLatent);
        });
    }

    /** Looks at the next frames, (T, H, W, 3) in [0, 1]. */
    void look(Tensor frames) {
        float[] spans = Scopes.run(() -> Tensors.floats(
                frames.amax(new long[] {1, 2}, false).sub(frames.amin(new long[] {1, 2}, false)))); // (T, 3)
        for (int i = 0; i < spans.length; i += 3) {
            if (Math.max(spans[i], Math.max(spans[i + 1], spans[i + 2])) < SHADE && latents[latent(seen)] > FLAT) {
                first = found == 0 ? seen : first;
                found++;
            }
            seen++;
        }
    }

    /** What to say of all frames so far, if anything. */
    Optional<String> warning() {
        return found == 0
                ? Optional.empty()
                : Optional.of(found + " of " + seen + " frames are one flat colour, the first of them frame " + first
                        + ", though their latents are not flat: the autoencoder's weights may be damaged");
    }

    /** The latent frame a frame comes from: of an odd number of them the first stands for one frame alone. */
    private int latent(long frame) {
        long alone = latents.length % 2 == 0 ? 0 : framesPerLatent - 1;
        return Math.toIntExact((frame + alone) / framesPerLatent);
    }
}
