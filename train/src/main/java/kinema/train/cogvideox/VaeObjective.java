package kinema.train.cogvideox;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.Video;
import kinema.cogvideox.vae.Vae;
import kinema.nn.Posterior;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.train.Clips;
import kinema.train.Objective;
import kinema.train.Slot;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What a VAE learns: absolute and squared difference, difference of edges, all stronger where the subject is, and a light pull
 * of the latents towards a standard normal.
 *
 * <p>Axes: B batch, T H W frames, rows, columns of pixels.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class VaeObjective implements Objective {
    private static final long ROWS = 3;
    private static final long COLUMNS = 4;

    private final VaeRecipe recipe;
    private final Vae vae;
    private final VaeClips clips;

    VaeObjective(VaeRecipe recipe, Vae vae, VaeClips clips) {
        this.recipe = recipe;
        this.vae = vae;
        this.clips = clips;
    }

    @Override
    public List<String> columns() {
        return List.of("psnr", "kl");
    }

    @Override
    public Loss loss(Slot slot) {
        VaeClips.Batch batch = clips.next();
        Tensor video = Clips.batch(batch.clips()); // (B, 3, T, H, W)
        try (Rng rng = slot.rng()) {
            Posterior posterior = vae.encode(video);
            Tensor difference = vae.decode(posterior.sample(rng)).sub(video); // (B, 3, T, H, W)
            Tensor kl = VaeLoss.divergence(posterior).div(new Scalar(VaeLoss.latents(posterior)));
            Tensor loss = pictures(difference, batch.masks()).add(kl.mul(new Scalar(recipe.kl())));
            Map<String, Double> parts = new LinkedHashMap<>();
            parts.put("psnr", PictureMetrics.psnr(difference));
            parts.put("kl", kl.item_double());
            return new Loss(loss, parts);
        }
    }

    /** The loss of what pictures show, a scalar. */
    private Tensor pictures(Tensor difference, List<Video> masks) {
        return Scopes.keep(() -> {
            Tensor weighted = masks.isEmpty() ? difference : difference.mul(weight(masks));
            Tensor l1 = VaeLoss.absolute(weighted).mul(new Scalar(recipe.l1()));
            Tensor l2 = weighted.mul(difference).mean().mul(new Scalar(recipe.l2()));
            Tensor edges = edges(weighted, ROWS).add(edges(weighted, COLUMNS)).mul(new Scalar(recipe.edges()));
            return l1.add(l2).add(edges);
        });
    }

    /** What a pixel's difference counts: 1, and more where the subject is; (B, 3, T, H, W). */
    private Tensor weight(List<Video> masks) {
        return Scopes.keep(() -> Clips.batch(masks)
                .add(new Scalar(1.0))
                .mul(new Scalar(recipe.subject() / 2))
                .add(new Scalar(1.0)));
    }

    /** Mean absolute difference of neighbours along an axis. */
    private static Tensor edges(Tensor x, long axis) {
        long n = x.size(axis) - 1;
        return Scopes.keep(
                () -> x.narrow(axis, 1, n).sub(x.narrow(axis, 0, n)).abs().mean());
    }
}
