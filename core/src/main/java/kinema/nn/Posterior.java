package kinema.nn;

import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The distribution of latents that a variational autoencoder's encoder tells: a normal distribution for each number
 * (section 2.2 of <a href="https://arxiv.org/abs/1312.6114">auto-encoding variational Bayes</a>).
 *
 * @param mean (B, Z, …)
 * @param logVariance (B, Z, …), natural logarithm, within [-30, 20]
 */
public record Posterior(Tensor mean, Tensor logVariance) {
    /**
     * The two halves of an encoder's output, the log-variance within bounds.
     *
     * @param moments (B, 2Z, …)
     */
    public static Posterior of(Tensor moments) {
        long z = moments.size(1) / 2;
        return new Posterior(
                Scopes.keep(() -> moments.narrow(1, 0, z).clone()),
                Scopes.keep(() -> moments.narrow(1, z, z)
                        .clamp(new ScalarOptional(new Scalar(-30.0)), new ScalarOptional(new Scalar(20.0)))));
    }

    /** The same in float32. */
    public Posterior wide() {
        return new Posterior(mean.to(ScalarType.Float), logVariance.to(ScalarType.Float));
    }

    /** The standard deviation, (B, Z, …). */
    public Tensor deviation() {
        return Scopes.keep(() -> logVariance.mul(new Scalar(0.5)).exp());
    }

    /** KL(N(mean, deviation) ‖ N(0, 1)) of a sample's latents, summed over them: the mean over samples, a number with derivatives. */
    public Tensor divergence() {
        return Scopes.keep(() -> mean.square()
                .add(logVariance.exp())
                .sub(logVariance)
                .sub(new Scalar(1.0))
                .sum()
                .mul(new Scalar(0.5 / mean.size(0))));
    }

    /** Draws latents: mean + deviation · noise, one draw of {@code rng} in the shape of the mean. */
    public Tensor sample(Rng rng) {
        return Scopes.keep(() -> {
            Tensor noise = rng.randn(mean.shape()); // (B, Z, …)
            return mean.add(deviation().mul(noise)); // (B, Z, …)
        });
    }
}
