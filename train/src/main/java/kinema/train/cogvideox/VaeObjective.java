package kinema.train.cogvideox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.cogvideox.vae.Vae;
import kinema.nn.Posterior;
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
 * What a VAE learns: pictures that are near the true ones, a light pull of the latents towards a standard normal, and, where the recipe asks for them,
 * what other networks say of the pictures.
 *
 * <p>Axes: B batch, T H W frames, rows, columns of pixels.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class VaeObjective implements Objective {
    private final VaeRecipe recipe;
    private final Vae vae;
    private final SlotClips clips;
    private final LearnedTerms terms;

    VaeObjective(VaeRecipe recipe, Vae vae, SlotClips clips, LearnedTerms terms) {
        this.recipe = recipe;
        this.vae = vae;
        this.clips = clips;
        this.terms = terms;
    }

    @Override
    public List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("psnr", "kl"));
        columns.addAll(terms.columns());
        return columns;
    }

    @Override
    public Loss loss(Slot slot) {
        SlotClips.Batch batch = clips.next();
        Tensor video = Clips.batch(batch.clips()); // (B, 3, T, H, W)
        try (Rng rng = slot.rng()) {
            ProductPrecision precision = recipe.precision();
            Posterior posterior = precision.compute(() -> vae.encode(video)).wide();
            Tensor decoded = precision.compute(() -> vae.decode(posterior.sample(rng))); // (B, 3, T, H, W)
            Tensor made = decoded.to(ScalarType.Float);
            Tensor difference = made.sub(video); // (B, 3, T, H, W)
            Tensor kl = VaeLoss.divergence(posterior).div(new Scalar(VaeLoss.latents(posterior)));
            Tensor loss = recipe.pictures().of(difference, batch.masks()).add(kl.mul(new Scalar(recipe.kl())));
            Map<String, Double> parts = new LinkedHashMap<>();
            parts.put("psnr", PictureMetrics.psnr(difference));
            parts.put("kl", kl.item_double());
            return new Loss(terms.of(slot, video, made, parts).map(loss::add).orElse(loss), parts);
        }
    }
}
