package kinema.train.cogvideox;

import kinema.cogvideox.vae.Vae;
import kinema.nn.Posterior;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What an image-to-video model is shown of its picture: noisy, so that it learns to repair what a picture has wrong, then
 * encoded, as the first latent frame with zeros after it.
 *
 * <p>Latents are multiplied by the scaling factor, also for 1.5, whose inference divides: the authors' trainer does so.
 *
 * <p>Axes: B batch, H W rows and columns of pixels, F h w latent frames, rows, columns, Z latent channels.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 3.1 and appendix (image-to-video)</a>
 */
final class ImageLatents {
    /** The logarithm of the noise's deviation is normal with this mean … */
    static final double LOG_SIGMA_MEAN = -3;

    /** … and this deviation. */
    static final double LOG_SIGMA_DEVIATION = 0.5;

    /**
     * Random numbers for a batch of pictures.
     *
     * @param logSigma of the noise on the picture, one for all or one a clip
     * @param noise on the picture, (B, 3, H, W)
     * @param posterior of the VAE's sample, (B, Z, 1, h, w)
     */
    record Draws(float[] logSigma, Tensor noise, Tensor posterior) {}

    private final Vae vae;

    ImageLatents(Vae vae) {
        this.vae = vae;
    }

    /**
     * The latents that go in beside a noisy clip.
     *
     * @param images (B, 3, H, W) in [-1, 1]
     * @param frames latent frames of the clip, F, those that fill its first patch included
     * @return (B, F, Z, h, w)
     */
    Tensor of(Tensor images, Draws draws, long frames) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.keep(() -> {
                Tensor sigma = Tensors.of(draws.logSigma(), draws.logSigma().length, 1, 1, 1)
                        .exp(); // (B, 1, 1, 1)
                Tensor noisy = images.addcmul(sigma, draws.noise()).unsqueeze(2); // (B, 3, 1, H, W)
                Posterior posterior = vae.encode(noisy); // each (B, Z, 1, h, w)
                Tensor z = posterior.mean().addcmul(posterior.deviation(), draws.posterior()); // (B, Z, 1, h, w)
                Tensor first = vae.config().latentSpace().fromAutoencoder(z); // (B, 1, Z, h, w)
                if (frames == 1) {
                    return first.contiguous();
                }
                long[] rest = first.shape();
                rest[1] = frames - 1;
                return Tensors.cat(1, first, Tensors.zeros(ScalarType.Float, rest)); // (B, F, Z, h, w)
            });
        }
    }
}
