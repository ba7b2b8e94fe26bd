package kinema.train.show1;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.nn.Posterior;
import kinema.show1.vae.FrameVae;
import kinema.tensor.Rng;
import kinema.train.Clips;
import kinema.train.Objective;
import kinema.train.PictureMetrics;
import kinema.train.ProductPrecision;
import kinema.train.Slot;
import kinema.train.data.SlotClips;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What the expert's autoencoder learns: pictures that are near the true ones, and a light pull of the latents towards a standard normal.
 *
 * <p>Axes: B pictures, H W rows and columns.
 *
 * @see <a href="https://arxiv.org/abs/2112.10752">Latent diffusion, section 3.1 and appendix G</a>
 */
final class AutoencoderObjective implements Objective {
    private final AutoencoderRecipe recipe;
    private final FrameVae vae;
    private final SlotClips clips;

    AutoencoderObjective(AutoencoderRecipe recipe, FrameVae vae, SlotClips clips) {
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
        SlotClips.Batch batch = clips.next();
        Tensor video = Clips.batch(batch.clips()); // (B, 3, 1, H, W)
        try (Rng rng = slot.rng()) {
            ProductPrecision precision = recipe.precision();
            Posterior posterior =
                    precision.compute(() -> vae.encode(video.squeeze(2))).wide();
            Tensor made = precision.compute(() -> vae.decode(posterior.sample(rng))); // (B, 3, H, W)
            Tensor difference = made.to(ScalarType.Float).unsqueeze(2).sub(video); // (B, 3, 1, H, W)
            long latents = posterior.mean().numel() / posterior.mean().size(0);
            Tensor kl = posterior.divergence().div(new Scalar((double) latents));
            Tensor loss = recipe.pictures().of(difference, batch.masks()).add(kl.mul(new Scalar(recipe.kl())));
            Map<String, Double> parts = new LinkedHashMap<>();
            parts.put("psnr", PictureMetrics.psnr(difference));
            parts.put("kl", kl.item_double());
            return new Loss(loss, parts);
        }
    }
}
