package kinema.train.cogvideox;

import kinema.nn.Posterior;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Tensor;

/**
 * The plain terms of a VAE's loss.
 *
 * <p>Axes: B batch, T H W frames, rows, columns of pixels, Z latent channels, F h w latent frames, rows, columns.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class VaeLoss {
    private VaeLoss() {}

    /** Mean absolute difference, a scalar. */
    static Tensor absolute(Tensor difference) {
        return Scopes.keep(() -> difference.abs().mean());
    }

    /** Mean squared difference, a scalar. */
    static Tensor squared(Tensor difference) {
        return Scopes.keep(() -> difference.square().mean());
    }

    /** KL(N(mean, deviation) ‖ N(0, 1)) of a clip's latents, summed over them: the mean over clips, a scalar. */
    static Tensor divergence(Posterior p) {
        return p.divergence();
    }

    /** Latents of one clip. */
    static long latents(Posterior p) {
        return p.mean().numel() / p.mean().size(0);
    }
}
