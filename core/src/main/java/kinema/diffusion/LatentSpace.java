package kinema.diffusion;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * How the latents a denoising network sees differ from those of the autoencoder: by a factor that brings them to a variance of
 * about 1 (section 4.3.2 of <a href="https://arxiv.org/abs/2112.10752">latent diffusion</a>), and in the order of their axes.
 * Nothing else scales latents.
 *
 * <p>Axes: B samples, F latent frames, C channels, h rows, w columns.
 *
 * @param factor what the autoencoder's latents are multiplied by; above 0
 */
public record LatentSpace(double factor) {
    /** The network's latents of the autoencoder's: (B, C, F, h, w) to (B, F, C, h, w), multiplied by the factor. */
    public Tensor fromAutoencoder(Tensor z) {
        try (Tensor scaled = scaled(z)) {
            return swapped(scaled);
        }
    }

    /** The autoencoder's latents of the network's: (B, F, C, h, w) to (B, C, F, h, w), divided by the factor. */
    public Tensor toAutoencoder(Tensor latents) {
        try (Tensor swapped = swapped(latents)) {
            return raw(swapped);
        }
    }

    /** Multiplied by the factor, axes as they are. */
    public Tensor scaled(Tensor raw) {
        return raw.mul(new Scalar(factor));
    }

    /** Divided by the factor, axes as they are. */
    public Tensor raw(Tensor scaled) {
        return scaled.mul(new Scalar(1 / factor));
    }

    /** Frames and channels exchanged, a view: (B, C, F, h, w) to (B, F, C, h, w) and back. */
    public static Tensor swapped(Tensor x) {
        return x.permute(0, 2, 1, 3, 4);
    }
}
