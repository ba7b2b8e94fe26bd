package kinema.cogvideox;

import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.VaeConfig;
import kinema.diffusion.NoiseSchedule;
import kinema.nn.Pixels;
import kinema.system.Run;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes what denoising starts from: noise, and what a request's pictures add to it.
 *
 * <p>Random numbers are drawn in the published implementation's order: those of the VAE's posterior before the noise.
 *
 * <p>Axes: F h w latent frames, rows, columns, C latent channels, T H W frames, rows, columns of pictures.
 */
final class Conditioner {
    private final LatentCodec codec;
    private final VaeConfig vae;
    private final NoiseSchedule schedule;
    private final LatentShape shape;

    Conditioner(LatentCodec codec, VaeConfig vae, NoiseSchedule schedule, LatentShape shape) {
        this.codec = codec;
        this.vae = vae;
        this.schedule = schedule;
        this.shape = shape;
    }

    /**
     * The input of the first step.
     *
     * @param run its pictures are read where it has some
     * @param timestep of the first step
     */
    LatentInput start(Run run, int timestep, Rng rng) {
        if (run.sampling().pictures().isEmpty()) {
            return new LatentInput(noise(rng), null);
        }
        Tensor frames = run.pictures().get();
        return switch (run.sampling().pictures().get()) {
            case IMAGE -> {
                Tensor first = firstFrame(frames, rng);
                yield new LatentInput(noise(rng), first);
            }
            case VIDEO -> new LatentInput(noisy(frames, timestep, rng), null);
            case CONTROL -> new LatentInput(noise(rng), control(frames));
        };
    }

    private Tensor noise(Rng rng) {
        return rng.randn(1, shape.frames(), vae.latentChannels(), shape.height(), shape.width()); // (1, F, C, h, w)
    }

    /** An image as the first latent frame, zeros as the others; the 1.5 models were given it unscaled the other way. */
    private Tensor firstFrame(Tensor frames, Rng rng) {
        return Scopes.keep(() -> {
            Tensor image = codec.encode(Pixels.toNetwork(frames)).sample(rng); // (1, C, 1, h, w)
            Tensor first = vae.imageLatentSpace().fromAutoencoder(image); // (1, 1, C, h, w)
            if (shape.frames() == 1) {
                return first;
            }
            long[] others = first.shape();
            others[1] = shape.frames() - 1;
            return Tensors.cat(1, first, Tensors.zeros(ScalarType.Float, others)); // (1, F, C, h, w)
        });
    }

    /** A video's latents with the first step's noise. */
    private Tensor noisy(Tensor frames, int timestep, Rng rng) {
        return Scopes.keep(() -> {
            Tensor z = codec.encode(Pixels.toNetwork(frames)).sample(rng); // (1, C, F, h, w)
            Tensor clean = shape.withPadding(vae.latentSpace().fromAutoencoder(z)); // (1, F, C, h, w)
            return schedule.addNoise(clean, noise(rng), new int[] {timestep}); // (1, F, C, h, w)
        });
    }

    /** A control video's latents: the likeliest, without noise of their own. */
    private Tensor control(Tensor frames) {
        return Scopes.keep(() -> {
            Tensor z = codec.encode(Pixels.toNetwork(frames)).mean(); // (1, C, F, h, w)
            return shape.withPadding(vae.latentSpace().fromAutoencoder(z)); // (1, F, C, h, w)
        });
    }
}
