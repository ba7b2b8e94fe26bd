package kinema.cogvideox;

import kinema.cogvideox.vae.ColourClips;
import kinema.cogvideox.vae.LatentCodec;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Shows latents without decoding them: each latent point becomes one pixel, whose colour is a linear map of its channels.
 *
 * <p>The map is the model's own, fitted by least squares to what its VAE makes of clips of known colours when the first
 * preview is asked for. That takes about as long as encoding one second of a small video.
 *
 * <p>Axes: F h w latent frames, rows, columns, C latent channels, N points. Safe to share between threads; holds native
 * memory until closed.
 */
final class LatentPreview implements AutoCloseable {
    private final LatentCodec codec;
    private final VaeConfig config;
    private @Nullable Tensor map; // (C + 1, 3), the last row a constant

    LatentPreview(LatentCodec codec, VaeConfig config) {
        this.codec = codec;
        this.config = config;
    }

    /**
     * The pictures of latents as the transformer knows them, scaled.
     *
     * @param latents (1, F, C, h, w)
     * @return (F, h, w, 3) in [0, 1]
     */
    Tensor pictures(Tensor latents) {
        Tensor fitted = map();
        return Scopes.keep(() -> withConstant(latents.squeeze(0).permute(0, 2, 3, 1)) // (F, h, w, C + 1)
                .matmul(fitted)
                .clamp(new ScalarOptional(new Scalar(0.0)), new ScalarOptional(new Scalar(1.0)))); // (F, h, w, 3)
    }

    @Override
    public synchronized void close() {
        if (map != null) {
            Scopes.free(map);
            map = null;
        }
    }

    private synchronized Tensor map() {
        if (map == null) {
            map = Scopes.own(Scopes.keep(this::fit));
        }
        return map;
    }

    private Tensor fit() {
        ColourClips clips = new ColourClips(config);
        Tensor latents =
                config.latentSpace().scaled(codec.encode(clips.pixels()).mean()); // (B, C, F, h, w)
        Tensor points = latents.permute(0, 2, 3, 4, 1).flatten(0, 3); // (N, C)
        return torch.linalg_pinv(withConstant(points)).matmul(clips.colours()); // (C + 1, 3)
    }

    private static Tensor withConstant(Tensor x) {
        long[] one = x.shape();
        one[one.length - 1] = 1;
        return Tensors.cat(-1, x, torch.ones(one, Dtypes.options(ScalarType.Float)));
    }
}
